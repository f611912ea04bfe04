/**
 * What an answer from the cache costs, in processor time of the whole server, against one that is run: the same server, the
 * same photographs, in turn with and without `cache-control: no-store`. Run nothing else on the machine at the same time.
 */
import { Generator, GENERATOR_CORE } from './generator/generator.ts';
import { onlyVersion } from './inputs/only-version.ts';
import { SLO_MS } from './run/context.ts';
import { PATIENT } from './run/phases.ts';
import { median } from './record/statistics.ts';
import { standard } from '../tools/photographs/sets.ts';
import { startOrtolan, type Ortolan } from '../tools/process/ortolan.ts';
import { numberFrom, program } from '../tools/process/program.ts';

const CONNECTIONS = 8;
const WARM_UP_MS = 500;
/** Of an answer that is run. */
const BOUND = 0.1;

const { pairs, seconds } = program(
  'node bench/cache.ts',
  'What an answer from the cache costs (half a minute).',
)
  .option('--pairs <n>', 'how often both are measured', numberFrom(1), 5)
  .option('--seconds <n>', 'length of one phase of load', numberFrom(0.1), 2)
  .parse()
  .opts<{ pairs: number; seconds: number }>();

/** Milliseconds of processor time for one answer. */
async function cost(
  generator: Generator,
  server: Ortolan,
  bodies: readonly Buffer[],
  headers: Readonly<Record<string, string>>,
): Promise<number> {
  const outcome = await generator.play({
    kind: 'closed',
    connections: CONNECTIONS,
    url: server.url,
    headers: { ...server.headers, ...headers },
    bodies,
    warmUpMs: WARM_UP_MS,
    durationMs: seconds * 1000,
    pids: server.pids(),
    sloMs: SLO_MS,
  });
  if (outcome.failed + outcome.refused > 0)
    throw new Error(`not all were answered: ${JSON.stringify(outcome)}`);
  return (outcome.serverCpu * outcome.seconds * 1000) / outcome.good;
}

const bodies = (await standard()).map(({ bytes }) => bytes);
const args = [...PATIENT, '--answer-cache-bytes', '64MiB'];
const server = await startOrtolan({ models: onlyVersion('int8'), args });
const generator = Generator.start(GENERATOR_CORE);
const ratios: number[] = [];
try {
  console.log('processor time of one answer, ms:    run     hit   ratio');
  for (let pair = 0; pair < pairs; pair++) {
    const run = await cost(generator, server, bodies, { 'cache-control': 'no-store' });
    const hit = await cost(generator, server, bodies, {});
    ratios.push(hit / run);
    console.log(
      `${run.toFixed(3).padStart(39)} ${hit.toFixed(4).padStart(7)} ${(hit / run).toFixed(4).padStart(7)}`,
    );
  }
} finally {
  await generator.stop();
  await server.stop();
}
const ratio = median(ratios);
console.log(`median of the ratios ${ratio.toFixed(4)}: ${ratio <= BOUND ? 'at most' : 'MORE than'} ${BOUND}`);
process.exitCode = ratio <= BOUND ? 0 : 1;
