/**
 * Starts each peer with each of its settings and models, posts two photographs and prints what comes back, how long
 * the start took and what memory it holds. `node bench/peers/smoke.ts [name...]`; fails when an answer is wrong.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { residentMiB } from '../../tools/process/usage.ts';
import { freePort } from '../../tools/process/free-port.ts';
import { PEERS } from './peers.ts';
import type { Peer, PeerModel } from './peer.ts';
import { post } from './post.ts';
import { topOf } from './top.ts';

const PHOTOGRAPHS = join(import.meta.dirname, '../../test/fixtures/photos');
/** The ids of ImageNet that are right: tabby, tiger cat, Persian, Siamese, Egyptian cat; espresso. */
const RIGHT: Readonly<Record<string, readonly number[]>> = { cat: [281, 282, 283, 284, 285], coffee: [967] };
const ANSWER_WITHIN_MS = 20_000;

async function tried(peer: Peer, setting: string, model: PeerModel): Promise<boolean> {
  const server = await peer.start(setting, model, await freePort());
  try {
    const said: string[] = [];
    let right = true;
    for (const [name, classes] of Object.entries(RIGHT)) {
      const photograph = await readFile(join(PHOTOGRAPHS, `${name}.jpg`));
      const answer = await post(server.url, server.headers, server.bodyOf(photograph), ANSWER_WITHIN_MS);
      const top = answer.status === 200 ? topOf(answer.body) : undefined;
      right &&= top !== undefined && classes.includes(top.classId);
      said.push(
        top === undefined
          ? `${name} ${answer.status} ${answer.body.slice(0, 200)}`
          : `${name} ${top.classId} at ${top.probability.toFixed(3)}`,
      );
    }
    const pids = server.pids();
    const memory = `${residentMiB(pids).toFixed(0)} MiB in ${pids.length} processes`;
    const start = `${(server.startMs / 1000).toFixed(1)} s`;
    console.log([right ? 'right' : 'WRONG', model, setting, start, memory, ...said].join(' | '));
    return right;
  } finally {
    await server.stop();
  }
}

const { positionals: names } = parseArgs({ allowPositionals: true });
for (const peer of PEERS.filter(({ name }) => names.length === 0 || names.includes(name))) {
  console.log(`${peer.name}: ${peer.package} ${peer.version}`);
  for (const setting of peer.settings) {
    for (const model of peer.models) {
      try {
        if (!(await tried(peer, setting, model))) process.exitCode = 1;
      } catch (error) {
        console.log(
          `FAILED | ${model} | ${setting} | ${error instanceof Error ? error.message : String(error)}`,
        );
        process.exitCode = 1;
      }
    }
  }
}
