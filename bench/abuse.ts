/**
 * One caller at twenty times its limit beside others that are within theirs: what it costs them. The p99 of the others is
 * measured in turn, several times, on the same server: alone, beside that caller at its limit, and beside it at twenty times
 * as much. The second and the third differ by what is refused. Run nothing else on the machine at the same time.
 */
import { join } from 'node:path';
import { Generator, GENERATOR_CORE } from './generator/generator.ts';
import type { Outcome } from './generator/phase.ts';
import { rowOf, writeModels } from './inputs/models.ts';
import { WORK } from './inputs/only-version.ts';
import { median } from './record/statistics.ts';
import { SLO_MS } from './run/context.ts';
import { PATIENT } from './run/phases.ts';
import { startOrtolan, type Ortolan } from '../tools/process/ortolan.ts';
import { numberFrom, program } from '../tools/process/program.ts';

/** How much longer the p99 may be. */
const BOUND = 1.2;
const TIMES = 20;
const WARM_UP_MS = 1000;
const MODEL = 'matrix';

const { rounds, seconds, limit, rate } = program(
  'node bench/abuse.ts',
  'What a caller at twenty times its limit costs others (two minutes).',
)
  .option('--rounds <n>', 'how often each is measured', numberFrom(1), 5)
  .option('--seconds <n>', 'length of one phase of load', numberFrom(1), 8)
  .option('--limit <n>', 'requests a second that each caller may send', numberFrom(1), 50)
  .option('--rate <n>', 'requests a second of the others, below the limit', numberFrom(1), 40)
  .parse()
  .opts<Record<'rounds' | 'seconds' | 'limit' | 'rate', number>>();

/** Load of one caller: the server believes it to be the client of a proxy. */
const from = (generator: Generator, server: Ortolan, address: string, perSecond: number, seed: number) =>
  generator.play({
    kind: 'open',
    perSecond,
    seed,
    url: server.urlOf(MODEL),
    headers: { 'content-type': 'application/octet-stream', 'x-forwarded-for': address },
    bodies: [rowOf(MODEL)],
    warmUpMs: WARM_UP_MS,
    durationMs: seconds * 1000,
    pids: server.pids(),
    sloMs: SLO_MS,
  });

const folder = join(WORK, 'abuse');
await writeModels(folder, [MODEL]);
// What a machine that stalls for seconds sends late comes at once: the others are not to be refused for that.
const limits = [
  '--rate-limit',
  `${limit}/s`,
  '--rate-limit-burst',
  String(limit * 10),
  '--trusted-proxies',
  '1',
];
const server = await startOrtolan({ models: folder, args: [...PATIENT, ...limits] });
const [others, caller] = [Generator.start(GENERATOR_CORE), Generator.start(GENERATOR_CORE)];
const [overLimit, overAlone]: [number[], number[]] = [[], []];
try {
  console.log(
    'p99 of the others, ms:  alone   beside 1x   beside 20x   20x/1x   20x/alone   refused/s   refusal p99   us a refusal',
  );
  for (let round = 1; round <= rounds; round++) {
    const alone = await from(others, server, '192.0.2.1', rate, round);
    const within = await beside(limit * 0.9, round);
    const over = await beside(limit * TIMES, round);
    overLimit.push(over.its.latency.p99 / within.its.latency.p99);
    overAlone.push(over.its.latency.p99 / alone.latency.p99);
    const refused = over.load.refused / over.load.seconds;
    const figures = [
      ...[alone, within.its, over.its].map(({ latency }) => latency.p99.toFixed(2)),
      ...[overLimit, overAlone].map((ratios) => ratios.at(-1)!.toFixed(2)),
      refused.toFixed(0),
      over.load.refusal.p99.toFixed(2),
      // Of the server's processes: what others take of the machine is not in it.
      (((over.its.serverCpu - within.its.serverCpu) * 1e6) / refused).toFixed(0),
    ];
    console.log(figures.map((figure) => figure.padStart(11)).join(''));
  }
} finally {
  await Promise.all([others.stop(), caller.stop()]);
  await server.stop();
}
const [ratio, whole] = [median(overLimit), median(overAlone)];
const holds = ratio <= BOUND;
console.log(
  `medians: 20x/1x ${ratio.toFixed(2)}, 20x/alone ${whole.toFixed(2)}; ${holds ? 'at most' : 'MORE than'} ${BOUND}`,
);
process.exitCode = holds ? 0 : 1;

/** The others, and the caller at that rate. */
async function beside(perSecond: number, seed: number): Promise<{ its: Outcome; load: Outcome }> {
  const [its, load] = await Promise.all([
    from(others, server, '192.0.2.1', rate, seed),
    from(caller, server, '192.0.2.2', perSecond, seed + 100),
  ]);
  if (its.failed + its.refused > 0)
    throw new Error(`the others were refused: ${JSON.stringify(its.failures)}`);
  if (load.failed > 0) throw new Error(`not all were answered: ${JSON.stringify(load.failures)}`);
  return { its, load };
}
