/**
 * Whether another allocator pays: the same image with glibc's malloc and with a library that is preloaded, in turn,
 * the same requests each time. Prints resident memory and processor time; docs/performance/tried-session.md has what
 * came of it.
 *
 *   node deploy/image/allocator.ts LIBRARY [TAG] [ROUNDS]      LIBRARY: such as libjemalloc.so.2 of the image's Debian
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { inFolder, podmanEnvironment } from './command.ts';
import { freePort } from '../../bench/peers/free-port.ts';
import { Container } from './container.ts';
import { startLoad } from './load.ts';

const PHOTO = readFileSync(resolve(import.meta.dirname, '../../test/fixtures/photos/cat.jpg'));
const REQUESTS = 3000;
const CONNECTIONS = 16;
const INSIDE = '/preloaded.so';

async function round(tag: string, library: string | undefined, env: NodeJS.ProcessEnv): Promise<string> {
  const more =
    library === undefined ? [] : ['--volume', `${library}:${INSIDE}:ro`, '--env', `LD_PRELOAD=${INSIDE}`];
  const options = { ORTOLAN_SLO_P99_MS: '10000' };
  const container = new Container({ tag, port: await freePort(), env, options, more });
  await container.line('ready');
  const { server } = await container.processes();
  if (library !== undefined && !readFileSync(`/proc/${server}/maps`, 'utf8').includes(INSIDE)) {
    throw new Error('The library was not loaded.');
  }
  const ready = await container.memoryMiB();
  const [spent, begin] = [await container.processorTime(), performance.now()];
  const load = startLoad({
    port: container.port,
    photo: PHOTO,
    connections: CONNECTIONS,
    requests: REQUESTS,
  });
  await load.done;
  const seconds = (performance.now() - begin) / 1000;
  const milliseconds = ((await container.processorTime()) - spent) / load.outcomes.answered;
  const after = await container.memoryMiB();
  await container.signal('TERM');
  await container.ended;
  return [
    library === undefined ? 'glibc' : 'preloaded',
    `ready ${ready.toFixed(0)} MiB`,
    `after ${load.outcomes.answered} answers ${after.toFixed(0)} MiB`,
    `${milliseconds.toFixed(2)} ms of processor time a request`,
    `${(load.outcomes.answered / seconds).toFixed(0)} a second`,
  ].join(', ');
}

const [library, tag = 'localhost/ortolan:local', rounds = '4'] = process.argv.slice(2);
if (library === undefined) throw new Error('Name the library to preload.');
await inFolder(async (folder) => {
  const env = podmanEnvironment(folder);
  for (let i = 0; i < Number(rounds); i++) {
    for (const one of [undefined, resolve(library)]) console.log(await round(tag, one, env));
  }
});
