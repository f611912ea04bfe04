/**
 * Replaces the model that serves, again and again under load: what that does to the p99 of the requests meanwhile, in turn
 * with phases without it, and to memory after many times. Exits with 1 when a request failed. Run nothing else on the machine.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Option } from 'commander';
import { Generator, GENERATOR_CORE } from '../generator/generator.ts';
import type { Outcome } from '../generator/phase.ts';
import { MODEL, VERSIONS } from '../inputs/only-version.ts';
import type { ModelName } from '../record/results.ts';
import { median } from '../record/statistics.ts';
import { SLO_MS, using } from '../run/context.ts';
import { PATIENT } from '../run/phases.ts';
import { standard } from '../../tools/photographs/sets.ts';
import { startOrtolan, type Ortolan } from '../../tools/process/ortolan.ts';
import { numberFrom, program } from '../../tools/process/program.ts';
import { residentMiB } from '../../tools/process/usage.ts';
import { variantsOf } from './variants.ts';

interface Values {
  readonly model: ModelName;
  readonly rate: number;
  readonly pairs: number;
  readonly seconds: number;
  readonly swaps: number;
}

/** The thread that loads ends after two seconds without a load; its memory does not count. */
const SETTLE_MS = 4000;
const WARM_UP_MS = 2000;
/** Memory is said so often. */
const EVERY = 10;

const command = program(
  'node bench/swap/main.ts',
  'Replaces the model that serves, again and again under load.',
)
  .addOption(new Option('--model <name>').choices(Object.keys(VERSIONS)).default('int8'))
  .option('--rate <n>', 'requests per second', numberFrom(0.1), 30)
  .option('--pairs <n>', 'phases with loads, each beside one without', numberFrom(0), 6)
  .option('--seconds <n>', 'length of a phase', numberFrom(1), 20)
  .option('--swaps <n>', 'loads for the figure of memory', numberFrom(0), 100)
  .parse();
const { model, rate, pairs, seconds, swaps } = command.opts<Values>();

const variants = variantsOf(model);
const cache = mkdtempSync(join(tmpdir(), 'ortolan-swap-cache-'));
const args = [...PATIENT, '--model-control', 'explicit', '--cache-dir', cache];
const photographs = (await standard()).map(({ bytes }) => bytes);
const generator = Generator.start(GENERATOR_CORE);
let failed = 0;
try {
  await using(startOrtolan({ models: variants.folder, args }), async (server) => {
    await inTurn(server);
    await manyTimes(server);
  });
} finally {
  await generator.stop();
  rmSync(cache, { recursive: true, force: true });
}
if (failed > 0) process.exitCode = 1;

/** Milliseconds until the model that lies there now serves. @throws Error when it does not */
async function swapped({ origin }: Ortolan): Promise<number> {
  variants.next();
  const start = performance.now();
  const answer = await fetch(`${origin}/v2/repository/models/${MODEL}/load`, { method: 'POST' });
  if (answer.status !== 200) throw new Error(`the model was not loaded: ${await answer.text()}`);
  return performance.now() - start;
}

async function phase(server: Ortolan, seed: number): Promise<Outcome> {
  const outcome = await generator.play({
    kind: 'open',
    perSecond: rate,
    seed,
    url: server.url,
    headers: server.headers,
    bodies: photographs,
    warmUpMs: WARM_UP_MS,
    durationMs: seconds * 1000,
    pids: server.pids(),
    sloMs: SLO_MS,
  });
  failed += outcome.failed + outcome.refused;
  return outcome;
}

/** Loads one model after the other while a phase of load is played. */
async function whileLoading(server: Ortolan, seed: number, loadMs: number[]): Promise<Outcome> {
  let playing = true;
  const loads = (async () => {
    while (playing) loadMs.push(await swapped(server));
  })();
  const outcome = await phase(server, seed).finally(() => (playing = false));
  await loads;
  return outcome;
}

async function inTurn(server: Ortolan): Promise<void> {
  const loadMs: number[] = [];
  const ratios: number[] = [];
  console.log(`${model}, ${rate} requests per second, ${pairs} pairs of phases of ${seconds} s`);
  for (let pair = 0; pair < pairs; pair++) {
    const plain = (): Promise<Outcome> => phase(server, pair);
    const loading = (): Promise<Outcome> => whileLoading(server, pair, loadMs);
    const before = loadMs.length;
    const [first, second] = pair % 2 === 0 ? [plain, loading] : [loading, plain];
    const [one, other] = [await first(), await second()];
    const [without, during] = pair % 2 === 0 ? [one, other] : [other, one];
    ratios.push(during.latency.p99 / without.latency.p99);
    console.log(
      `pair ${pair + 1}: p99 ${ms(without.latency.p99)} without, ${ms(during.latency.p99)} during ${loadMs.length - before} loads (p50 ${ms(without.latency.p50)}, ${ms(during.latency.p50)}); ${lost(without)} and ${lost(during)} lost`,
    );
  }
  if (pairs > 0) {
    console.log(
      `p99 during ${loadMs.length} loads over p99 without: median ${median(ratios).toFixed(2)} of ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')}; a load takes ${ms(median(loadMs))}`,
    );
  }
}

async function manyTimes(server: Ortolan): Promise<void> {
  if (swaps === 0) return;
  const rssMiB = async (): Promise<number> => {
    await new Promise((resolve) => void setTimeout(resolve, SETTLE_MS));
    return residentMiB(server.pids());
  };
  await phase(server, 1000);
  const before = await rssMiB();
  console.log(`resident memory before: ${before.toFixed(1)} MiB`);
  const outcomes: Outcome[] = [];
  let swapping = true;
  const load = (async () => {
    while (swapping) outcomes.push(await phase(server, 1001 + outcomes.length));
  })();
  for (let swap = 1; swap <= swaps; swap++) {
    await swapped(server);
    if (swap % EVERY === 0) console.log(`after ${swap}: ${residentMiB(server.pids()).toFixed(1)} MiB`);
  }
  swapping = false;
  await load;
  const after = await rssMiB();
  const sent = outcomes.reduce((sum, one) => sum + one.sent, 0);
  console.log(
    `resident memory after ${swaps} loads: ${after.toFixed(1)} MiB, ${((after / before - 1) * 100).toFixed(1)} % more; of ${sent} requests ${outcomes.reduce((sum, one) => sum + lost(one), 0)} lost`,
  );
}

function lost({ failed: broken, refused }: Outcome): number {
  return broken + refused;
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
