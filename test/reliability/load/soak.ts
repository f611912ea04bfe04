/** R8: many mixed requests, and whether memory, descriptors and threads stay; the same with a leak that was planted. */
import sharp from 'sharp';
import { readdirSync } from 'node:fs';
import { residentMiB } from '../../../tools/process/usage.ts';
import { Connections, type Ending } from '../../../bench/generator/connections.ts';
import { scrape } from '../../support/http-client.ts';
import { affine, brightness } from '../../support/tiny-models.ts';
import type { Demand, Figure, Setting } from '../demand.ts';
import { descriptorsOf, pause, stopped } from '../scene.ts';
import { mixed } from './mixed.ts';
import { floors, growth, type Look } from './trend.ts';

const CLIENTS = 16;
/** Before it, caches fill and code is compiled. */
const WARM = 0.1;
const MOST_GROWTH = 0.05;
const LOOKS = 60;
/** Requests after which the heap is as large as it will be. */
const ENOUGH = 100_000;
/** Looks between two collections, at least. */
const LOOKS_OF_A_FLOOR = 5;
/** Loaded into the server by NODE_OPTIONS: nothing of it knows that it leaks. */
const LEAK = new URL('leak.mjs', import.meta.url).href;

export const soak: Demand = {
  id: 'R8',
  title: 'Soak',
  demand:
    'A million mixed requests (good, invalid, abandoned, cached, by URL): memory and heap rise by at most 5 % after the first tenth, descriptors and threads are back to the start, each answer has its status; a planted leak makes the same test fail',
  async run(setting) {
    const { pick } = setting;
    const clean = await soaked(setting, pick(8000, 1_000_000));
    const leaking = await soaked(setting, pick(8000, 60_000, 200_000), { NODE_OPTIONS: `--import=${LEAK}` });
    return [
      ...clean.figures,
      { what: 'with a planted leak: rise of memory', value: leaking.memory, atLeast: MOST_GROWTH },
    ];
  },
};

async function soaked(
  { scene, say }: Setting,
  requests: number,
  env: NodeJS.ProcessEnv = {},
): Promise<{ readonly memory: number; readonly figures: readonly Figure[] }> {
  const server = await scene.start({
    models: scene.models({ affine: affine(), brightness: brightness() }),
    options: { workers: 2, defaultModel: 'affine', answerCacheBytes: 1_000_000 },
    env,
  });
  const { port, pid } = server;
  const image = await sharp({ create: { width: 16, height: 16, channels: 3, background: '#c81010' } })
    .png()
    .toBuffer();
  const kinds = mixed(port, image);
  const connections = new Connections(new URL(`http://127.0.0.1:${port}`));
  const memory: Look[] = [];
  const heap: Look[] = [];
  let next = 0;
  let wrong = 0;
  const client = async (): Promise<void> => {
    while (next < requests) {
      const { bytes, ending } = kinds[next++ % kinds.length]!;
      const ended = await new Promise<Ending>((resolve) => {
        const end = connections.send(bytes, resolve);
        if (ending === 'aborted') setTimeout(() => end('aborted'), 1);
      });
      // One that is to be abandoned may be answered before.
      if (ended !== ending && !(ending === 'aborted' && ended === 200)) {
        if (wrong++ < 5)
          say(`${String(ended)} instead of ${ending}: ${bytes.toString('latin1').slice(0, 60)}`);
      }
    }
  };
  const clients = Promise.all(Array.from({ length: CLIENTS }, client));
  const step = (requests * (1 - WARM)) / LOOKS;
  while (next < requests * WARM) await pause(20);
  const before = { descriptors: descriptorsOf(pid), threads: threadsOf(pid) };
  for (let look = 0; look <= LOOKS; look++) {
    while (next < requests * WARM + look * step && next < requests) await pause(20);
    const at = performance.now();
    memory.push({ at, value: residentMiB([pid]) });
    heap.push({ at, value: (await scrape(port))('nodejs_heap_size_used_bytes') });
  }
  await clients;
  connections.close();
  await pause(1000);
  const growths = { memory: growth(memory), heap: growth(floors(heap, LOOKS_OF_A_FLOOR)) };
  say(
    `${requests} requests, memory ${memory[0]!.value.toFixed(0)} to ${memory.at(-1)!.value.toFixed(0)} MiB: ${JSON.stringify(growths)}`,
  );
  const figures: Figure[] = [
    { what: 'requests', value: requests },
    { what: 'answers with another status than theirs', value: wrong, atMost: 0 },
    { what: 'rise of resident memory after the first tenth', value: growths.memory, atMost: MOST_GROWTH },
    // In a short run there are too few collections for a line.
    {
      what: 'rise of the heap after collections',
      value: growths.heap,
      ...(requests >= ENOUGH && { atMost: MOST_GROWTH }),
    },
    {
      what: 'descriptors more than after the first tenth',
      value: descriptorsOf(pid) - before.descriptors,
      atMost: 0,
    },
    { what: 'threads more than after the first tenth', value: threadsOf(pid) - before.threads, atMost: 0 },
  ];
  await stopped(server);
  return { memory: growths.memory, figures };
}

const threadsOf = (pid: number): number => readdirSync(`/proc/${pid}/task`).length;
