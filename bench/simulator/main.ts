/**
 * Simulates loads that are hard to produce on a real machine, and prints the results of the server's scheduling, compared
 * with a clairvoyant scheduler. Takes some seconds of one core.
 */
import { numberFrom, program } from '../../tools/process/program.ts';
import { bursts, onOff, poisson, ramp, type Pattern } from './arrivals.ts';
import { clairvoyant } from './clairvoyant.ts';
import { CONV, LITTLE, MATRIX, MIXED_IMAGES, SLOW, WEB_IMAGES, type ModelKind } from './kinds.ts';
import { addClients, drawArrivals, worldWith, type Stream } from './scenario.ts';
import { tally, type Tally } from './tally.ts';
import { NOISY, QUIET, SLOWING, type Noise } from './noise.ts';
import { DEFAULTS, type Dispatch, type World } from './world.ts';

const { seconds, seed } = program(
  'node bench/simulator/main.ts',
  'Simulates the scheduler under several loads.',
)
  .option('--seconds <n>', 'of simulated time, for each load', numberFrom(2), 20)
  .option('--seed <n>', 'of arrivals and durations', numberFrom(0), 1)
  .parse()
  .opts<{ seconds: number; seed: number }>();
const forMs = 1000 * seconds;
/** Requests before this time are not counted: the cost model still learns. */
const FROM_MS = 1000;

const COLUMNS: readonly (readonly [string, number])[] = [
  ['load', 34],
  ['model', 8],
  ['workers', 8],
  ['offered/s', 10],
  ['in time/s', 10],
  ['clairvoyant', 12],
  ['p50 ms', 7],
  ['p99 ms', 7],
  ['refused', 8],
  ['late', 7],
  ['wide', 6],
  ['rows', 6],
  ['cap', 4],
];

const line = (cells: readonly string[]): string =>
  cells
    .map((cell, index) => (index < 2 ? cell.padEnd(COLUMNS[index]![1]) : cell.padStart(COLUMNS[index]![1])))
    .join('');

const share = (part: number, whole: number): string =>
  whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)}%`;

/** Prints one line for each model. `reference`: the result of the clairvoyant scheduler, where it is comparable. */
function report(label: string, world: World, batches: readonly Dispatch[], reference?: Tally): void {
  const { kinds, workers } = world.settings;
  kinds.forEach(({ name }, model) => {
    const seen = tally(
      world.records.filter((record) => record.model === model),
      FROM_MS,
      forMs,
    );
    const { offered, accepted, refused, late, goodput, p50, p99 } = seen;
    const own = batches.filter((one) => one.model === model).map(({ batch }) => batch);
    const rows = own.reduce((sum, batch) => sum + batch.rows, 0) / Math.max(1, own.length);
    const perSecond = (1000 * offered) / (forMs - FROM_MS);
    console.log(
      line([
        model === 0 ? label : '',
        name,
        String(workers),
        perSecond.toFixed(0),
        goodput.toFixed(1),
        reference === undefined ? '-' : share(goodput, reference.goodput),
        p50.toFixed(1),
        p99.toFixed(1),
        share(refused, offered),
        share(late, accepted),
        share(own.filter(({ width }) => width === 'wide').length, own.length),
        rows.toFixed(2),
        String(world.models[model]!.costs.cap),
      ]),
    );
  });
}

interface Load {
  readonly label: string;
  readonly kinds: readonly ModelKind[];
  readonly streams: readonly Stream[];
  readonly workers: number;
  readonly noise: Noise;
  readonly clients?: number;
}

async function simulate({ label, kinds, streams, workers, noise, clients }: Load): Promise<void> {
  const arrivals = drawArrivals(kinds, streams, { seed, forMs });
  const world = worldWith({ ...DEFAULTS, kinds, workers, noise, seed }, arrivals);
  if (clients !== undefined) addClients(world, { model: 0, count: clients, thinkMs: 0 }, { seed, forMs });
  const batches: Dispatch[] = [];
  world.onDispatch = (dispatch) => void batches.push(dispatch);
  await world.run();
  const comparable = kinds.length === 1 && kinds[0]!.name === CONV.name && clients === undefined;
  const reference = comparable
    ? tally(clairvoyant(kinds[0]!, arrivals, workers, noise, seed), FROM_MS, forMs)
    : undefined;
  report(label, world, batches, reference);
}

const PATTERNS: readonly (readonly [string, (perSecond: number) => Pattern])[] = [
  ['Poisson', poisson],
  ['bursts of 20', (perSecond) => bursts(perSecond, 20)],
  ['on 0.8 s, off 1.2 s', (perSecond) => onOff(perSecond, 2000, 0.4)],
  ['ramp to twice', ramp],
];
const NOISES = { quiet: QUIET, noisy: NOISY, slowing: SLOWING };

/** Requests a second of a flood: twice the capacity of the workers with the largest batches. */
const flood = (kind: ModelKind, workers: number): number => {
  const { rows, ms } = kind.runs.findLast(({ width }) => width === 'narrow')!;
  return 2 * workers * Math.max(1000 / kind.runs[0]!.ms, (1000 * rows) / ms);
};

console.log(line(COLUMNS.map(([name]) => name)));
for (const [noiseName, noise] of Object.entries(NOISES)) {
  for (const [patternName, patternOf] of PATTERNS) {
    for (const times of [0.5, 0.8, 1.2, 2, 5]) {
      const workers = 2;
      const pattern = patternOf((times * workers * 1000) / CONV.runs[0]!.ms);
      const label = `${noiseName}, ${patternName}, ${times}x`;
      await simulate({ label, kinds: [CONV], streams: [{ model: 0, pattern }], workers, noise });
    }
  }
}
for (const clients of [1, 2, 16, 64]) {
  await simulate({
    label: `${clients} clients in turn`,
    kinds: [CONV],
    streams: [],
    workers: 2,
    noise: QUIET,
    clients,
  });
}
for (const kind of [{ ...LITTLE, paysBelow: 0.9 }, LITTLE]) {
  const name = `${((1 - kind.paysBelow!) * 100).toFixed(0)} % is worth a batch`;
  for (const clients of [4, 16, 64]) {
    const label = `${name}, ${clients} clients`;
    await simulate({ label, kinds: [kind], streams: [], workers: 2, noise: QUIET, clients });
  }
  for (const times of [0.8, 1, 1.2, 2]) {
    const streams = [{ model: 0, pattern: poisson((times * 2000) / kind.runs[0]!.ms) }];
    await simulate({ label: `${name}, ${times}x`, kinds: [kind], streams, workers: 2, noise: NOISY });
  }
}
for (const [name, images] of [
  ['photographs for the web', WEB_IMAGES],
  ['one in twenty of 12 megapixels', MIXED_IMAGES],
] as const) {
  const streams = [{ model: 0, pattern: poisson(400) }];
  await simulate({
    label: name,
    kinds: [{ ...CONV, name: 'images', images }],
    streams,
    workers: 2,
    noise: QUIET,
  });
}
for (const kinds of [[MATRIX], [SLOW], [CONV, SLOW], [CONV, MATRIX], [CONV, MATRIX, SLOW]]) {
  for (const workers of [1, 2, 4]) {
    const streams = kinds.map((kind, model) => ({ model, pattern: poisson(flood(kind, workers)) }));
    await simulate({ label: `flood of ${kinds.length}`, kinds, streams, workers, noise: QUIET });
  }
}
for (const other of [SLOW, MATRIX]) {
  for (const workers of [1, 2, 4]) {
    const streams = [
      { model: 0, pattern: poisson(20) },
      { model: 1, pattern: poisson(flood(other, workers)) },
    ];
    await simulate({ label: '20/s beside a flood', kinds: [CONV, other], streams, workers, noise: QUIET });
  }
}
