/**
 * A first look at a server on this machine: time to ready, memory idle and after 1,000 requests, and the closed
 * loop at 1 and 32 connections, by autocannon on the same cores. `node_modules/.bin/node bench/first-look.ts`; two minutes.
 * It compares with nothing and has no ceiling beside it: a figure to notice a change by, not one to quote.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = join(import.meta.dirname, '..');
const PHOTO = join(ROOT, 'test/fixtures/photos/coffee.jpg');
const REPETITIONS = 3;
const SECONDS = 8;

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
  readonly readyMs: number;
}

/** The server as `make run` starts it, on a free port; resolves when every version is loaded. */
async function start(): Promise<Started> {
  const startedAt = performance.now();
  const child = spawn(join(ROOT, 'bin/ortolan'), ['serve', '--port', '0', '--log-sample', '0'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let url = '';
  let readyMs = 0;
  let versions = 0;
  for await (const text of createInterface({ input: child.stdout })) {
    const line = JSON.parse(text) as { message: string; url?: string };
    if (line.message === 'listening') url = line.url!;
    if (line.message === 'ready') readyMs = performance.now() - startedAt;
    if (line.message === 'model ready') versions++;
    if (readyMs > 0 && versions === 2) break;
  }
  return { child, url, readyMs };
}

const rssMiB = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;

interface Load {
  readonly requests: { readonly average: number };
  readonly latency: { readonly p50: number; readonly p99: number };
  readonly non2xx: number;
  readonly errors: number;
}

/** Through the interface: the command line reads a body as text, which no photograph survives. */
const autocannon = createRequire(import.meta.url)('autocannon') as (options: object) => Promise<Load>;
const body = readFileSync(PHOTO);

const load = (
  url: string,
  connections: number,
  amount: { amount: number } | { duration: number },
): Promise<Load> =>
  autocannon({
    url,
    connections,
    ...amount,
    method: 'POST',
    headers: { 'content-type': 'image/jpeg' },
    body,
  });

const { child, url, readyMs } = await start();
const idle = rssMiB(child.pid!);
console.log(`${cpus().length} x ${cpus()[0]!.model}, Node ${process.version}`);
console.log(`ready after ${Math.round(readyMs)} ms, RSS idle ${Math.round(idle)} MiB`);
await load(`${url}/v1/predict`, 8, { amount: 1000 });
console.log(`RSS after 1,000 requests ${Math.round(rssMiB(child.pid!))} MiB`);

const VERSIONS = { fp32: '1', int8: '2' };
for (const connections of [1, 32]) {
  const seen: Record<string, Load[]> = { fp32: [], int8: [] };
  // In turn: the machine changes more from one minute to the next than the versions differ.
  for (let round = 0; round < REPETITIONS; round++) {
    for (const [name, version] of Object.entries(VERSIONS)) {
      const path = `${url}/v1/models/efficientnet-lite0/versions/${version}/predict`;
      seen[name]!.push(await load(path, connections, { duration: SECONDS }));
    }
  }
  for (const [name, rounds] of Object.entries(seen)) {
    const column = (value: (one: Load) => number): string =>
      rounds.map((one) => Math.round(value(one))).join(' ');
    const failed = rounds.reduce((sum, one) => sum + one.non2xx + one.errors, 0);
    console.log(
      `${name}, ${connections} connections: req/s ${column((one) => one.requests.average)}; ` +
        `p50 ms ${column((one) => one.latency.p50)}; p99 ms ${column((one) => one.latency.p99)}; failed ${failed}`,
    );
  }
}
child.kill('SIGTERM');
await once(child, 'exit');
