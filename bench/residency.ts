/**
 * More models than memory: models on demand of which a part fits, asked for by Zipf's law. Half of the clients wait for a
 * model that is not in memory, half come again when they are told to. Every answer is checked. Exits with 1 when there was an
 * error that the server does not announce, or a wrong answer.
 */
import { setTimeout } from 'node:timers/promises';
import { answerOf, diagonals, nameOf, ROW } from './inputs/diagonals.ts';
import { Latencies } from '../tools/load/latencies.ts';
import { startOrtolan, type Ortolan } from '../tools/process/ortolan.ts';
import { numberFrom, program } from '../tools/process/program.ts';
import { residentMiB } from '../tools/process/usage.ts';
import { seededRandom } from '../tools/random/seeded.ts';

const { minutes, models, fit, mib, clients, exponent } = program(
  'node bench/residency.ts',
  'More models than memory, under a skewed load (ten minutes).',
)
  .option('--minutes <n>', 'how long', numberFrom(0.1), 10)
  .option('--models <n>', 'how many there are', numberFrom(2), 20)
  .option('--fit <n>', 'how many fit', numberFrom(1), 5)
  .option('--mib <n>', 'size of each', numberFrom(4), 32)
  .option('--clients <n>', 'that ask at the same time', numberFrom(2), 8)
  .option('--exponent <n>', "of Zipf's law: the chance of model k is 1 / k to this power", numberFrom(0), 1)
  .parse()
  .opts<Record<'minutes' | 'models' | 'fit' | 'mib' | 'clients' | 'exponent', number>>();

/** Longest wait of a client that waits. */
const TIMEOUT_MS = 10_000;
/** Errors that a client is told of, and repeats or gives up. */
const ANNOUNCED = new Set(['MODEL_LOADING', 'OVERLOADED', 'QUEUE_FULL', 'DEADLINE_EXCEEDED']);
const MIB = 2 ** 20;
const MINUTE_MS = 60_000;
const SHOWN_EVERY_MS = 30_000;

const latencies = new Latencies();
const announced = new Map<string, number>();
const others = new Map<string, number>();
let answers = 0;

const count = (into: Map<string, number>, what: string): void =>
  void into.set(what, (into.get(what) ?? 0) + 1);

/** Draws the number of a model. */
function zipf(random: () => number): number {
  const weights = Array.from({ length: models }, (_, index) => (index + 1) ** -exponent);
  let left = random() * weights.reduce((sum, weight) => sum + weight, 0);
  return Math.max(
    0,
    weights.findIndex((weight) => (left -= weight) < 0),
  );
}

/** Asks model after model until the time is over. */
async function client(server: Ortolan, number: number, until: number): Promise<void> {
  const random = seededRandom(number + 1);
  const waits = number % 2 === 0;
  const headers = {
    'content-type': 'application/octet-stream',
    accept: 'application/octet-stream',
    ...(waits && { 'x-request-timeout-ms': String(TIMEOUT_MS) }),
  };
  while (performance.now() < until) {
    const index = zipf(random);
    for (let again = true; again && performance.now() < until;) {
      const start = performance.now();
      const response = await fetch(server.urlOf(nameOf(index)), { method: 'POST', headers, body: ROW });
      const body = Buffer.from(await response.arrayBuffer());
      again = false;
      if (response.ok) {
        latencies.record(performance.now() - start);
        if (body.readFloatLE(0) === answerOf(index)) answers++;
        else count(others, `the answer of another model to ${nameOf(index)}`);
        continue;
      }
      const { code = 'without a code' } = JSON.parse(body.toString()) as { code?: string };
      const after = response.headers.get('retry-after');
      if (!ANNOUNCED.has(code)) count(others, `${response.status} ${code}`);
      else count(announced, code);
      if (after === null || waits) continue;
      await setTimeout(Number(after) * 1000);
      again = true;
    }
  }
}

/** The sum of the series of a counter that have this label. */
async function counted(server: Ortolan, name: string, label = ''): Promise<number> {
  const text = await (await fetch(`${server.origin}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) && line.includes(label));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

const loadsOf = (server: Ortolan): Promise<number> =>
  counted(server, 'ortolan_model_loads_total', 'outcome="ready"');
const evictionsOf = (server: Ortolan): Promise<number> => counted(server, 'ortolan_model_evictions_total');

/** Half a model more than fit: what is measured is some MiB more or less than the file. */
const budget = Math.round((fit + 0.5) * mib * MIB);
const repository = diagonals(models, mib, { residency: 'on-demand', maxBatchSize: 1 });
const server = await startOrtolan({
  models: repository,
  args: ['--model-memory-bytes', String(budget), '--default-model', nameOf(0)],
});
try {
  console.log(
    `${models} models of ${mib} MiB, a budget of ${Math.round(budget / MIB)} MiB, ${clients} clients`,
  );
  console.log('minute   answers  announced  other  loads  evictions  RSS MiB');
  const start = performance.now();
  const until = start + minutes * MINUTE_MS;
  const show = async (): Promise<void> => {
    const sum = (of: Map<string, number>): number => [...of.values()].reduce((all, one) => all + one, 0);
    const cells = [
      ((performance.now() - start) / MINUTE_MS).toFixed(1).padStart(6),
      String(answers).padStart(9),
      String(sum(announced)).padStart(10),
      String(sum(others)).padStart(6),
      String(await loadsOf(server)).padStart(6),
      String(await evictionsOf(server)).padStart(10),
      residentMiB(server.pids()).toFixed(0).padStart(8),
    ];
    console.log(cells.join(' '));
  };
  const showing = setInterval(() => void show(), SHOWN_EVERY_MS);
  await Promise.all(Array.from({ length: clients }, (_, number) => client(server, number, until)));
  clearInterval(showing);
  await show();
} finally {
  await server.stop();
}
const listed = (of: Map<string, number>): string =>
  [...of].map(([what, times]) => `${times} ${what}`).join(', ') || 'none';
const { p50, p99 } = latencies.percentiles();
console.log(
  `answers took ${p50.toFixed(1)} ms (p50), ${p99.toFixed(0)} ms (p99), loads included where clients waited`,
);
console.log(`announced: ${listed(announced)}`);
console.log(`any other error: ${listed(others)}`);
process.exitCode = others.size === 0 && answers > 0 ? 0 : 1;
