/**
 * What an answer from the cache costs, in processor time of the whole server, against one that is run: the same server, the
 * same photographs, in turn with and without `cache-control: no-store`. Run nothing else on the machine at the same time.
 */
import { Generator, GENERATOR_CORE } from './generator/generator.ts';
import { onlyVersion } from './inputs/only-version.ts';
import { answerCost } from './run/answer-cost.ts';
import { PATIENT } from './run/phases.ts';
import { median } from './record/statistics.ts';
import { standard } from '../tools/photographs/sets.ts';
import { startOrtolan } from '../tools/process/ortolan.ts';
import { numberFrom, program } from '../tools/process/program.ts';

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

const bodies = (await standard()).map(({ bytes }) => bytes);
const args = [...PATIENT, '--answer-cache-bytes', '64MiB'];
const server = await startOrtolan({ models: onlyVersion('int8'), args });
const generator = Generator.start(GENERATOR_CORE);
const ratios: number[] = [];
try {
  console.log('processor time of one answer, ms:    run     hit   ratio');
  for (let pair = 0; pair < pairs; pair++) {
    const noStore = { 'cache-control': 'no-store' };
    const run = await answerCost(generator, server, { headers: noStore, bodies, seconds });
    const hit = await answerCost(generator, server, { headers: {}, bodies, seconds });
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
