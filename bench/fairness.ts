/**
 * A fast model beside a slow one at full load, in one process: the p99 of the fast one, over its p99 without the other. Both
 * are measured in turn, several times, on the same server. Run nothing else on the machine at the same time.
 */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { Generator, GENERATOR_CORE } from './generator/generator.ts';
import type { Outcome } from './generator/phase.ts';
import { rowOf, writeModels } from './inputs/models.ts';
import { MODEL, onlyVersion, WORK } from './inputs/only-version.ts';
import { median } from './record/statistics.ts';
import { SLO_MS } from './run/context.ts';
import { standard } from '../tools/photographs/sets.ts';
import { startOrtolan, type Ortolan } from '../tools/process/ortolan.ts';
import { numberFrom, program } from '../tools/process/program.ts';

/** How often longer the p99 may be. */
const BOUND = 2;
const WARM_UP_MS = 1000;

const { pairs, seconds, rate, connections } = program(
  'node bench/fairness.ts',
  'What a slow model at full load costs a fast one (two minutes). Options of the server go behind --.',
)
  .argument('[options...]', 'of the server, behind --')
  .option('--pairs <n>', 'how often both are measured', numberFrom(1), 5)
  .option('--seconds <n>', 'length of one phase of load', numberFrom(1), 10)
  .option('--rate <n>', 'requests a second for the fast model', numberFrom(1), 20)
  .option('--connections <n>', 'that ask the slow model without a pause', numberFrom(1), 16)
  .parse()
  .opts<Record<'pairs' | 'seconds' | 'rate' | 'connections', number>>();

/** int8 photographs, and convolutions of tens of milliseconds a row. */
async function repository(): Promise<string> {
  const folder = join(WORK, 'fairness');
  cpSync(join(onlyVersion('int8'), MODEL), join(folder, MODEL), { recursive: true });
  await writeModels(folder, ['slow']);
  return folder;
}

const bodies = (await standard()).map(({ bytes }) => bytes);

const fast = (generator: Generator, server: Ortolan, seed: number): Promise<Outcome> =>
  generator.play({
    kind: 'open',
    perSecond: rate,
    seed,
    url: server.urlOf(MODEL),
    headers: server.headers,
    bodies,
    ...timing(server),
  });

/** As much as it takes, with a deadline that lets it wait: the server would refuse what does not fit its objective. */
const slow = (generator: Generator, server: Ortolan): Promise<Outcome> =>
  generator.play({
    kind: 'closed',
    connections,
    url: server.urlOf('slow'),
    headers: { 'content-type': 'application/octet-stream', 'x-request-timeout-ms': '30000' },
    bodies: [rowOf('slow')],
    ...timing(server),
  });

const timing = (server: Ortolan) => ({
  warmUpMs: WARM_UP_MS,
  durationMs: seconds * 1000,
  pids: server.pids(),
  sloMs: SLO_MS,
});

const server = await startOrtolan({
  models: await repository(),
  args: ['--default-model', MODEL, ...options()],
});
const [one, other] = [Generator.start(GENERATOR_CORE), Generator.start(GENERATOR_CORE)];
const ratios: number[] = [];
try {
  console.log('ms:  alone p50   p99   beside p50   p99   ratio of p99   refused   slow answers/s');
  for (let pair = 1; pair <= pairs; pair++) {
    const alone = await fast(one, server, pair);
    const [beside, load] = await Promise.all([fast(one, server, pair), slow(other, server)]);
    for (const { failed, failures } of [alone, beside, load])
      if (failed > 0) throw new Error(`not all were answered: ${JSON.stringify(failures)}`);
    ratios.push(beside.latency.p99 / alone.latency.p99);
    const cells = [alone.latency.p50, alone.latency.p99, beside.latency.p50, beside.latency.p99].map((ms) =>
      ms.toFixed(1).padStart(9),
    );
    console.log(
      `${cells.join(' ')} ${ratios.at(-1)!.toFixed(2).padStart(10)} ${String(beside.refused).padStart(10)} ${(load.good / load.seconds).toFixed(1).padStart(12)}`,
    );
  }
} finally {
  await Promise.all([one.stop(), other.stop()]);
  await server.stop();
}
const ratio = median(ratios);
console.log(`median of the ratios ${ratio.toFixed(2)}: ${ratio <= BOUND ? 'at most' : 'MORE than'} ${BOUND}`);
process.exitCode = ratio <= BOUND ? 0 : 1;

/** What stands behind `--`. */
function options(): readonly string[] {
  const at = process.argv.indexOf('--');
  return at < 0 ? [] : process.argv.slice(at + 1);
}
