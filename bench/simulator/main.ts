/**
 * Prints what the scheduling of the server makes of loads that are hard to produce on a real machine, beside a scheduler
 * that knows how long everything will take. In simulated time, some seconds of one core.
 */
import { numberFrom, program } from '../../tools/process/program.ts';
import { bursts, onOff, poisson, ramp, type Pattern } from './arrivals.ts';
import { clairvoyant } from './clairvoyant.ts';
import { CONV, MATRIX, MIXED_IMAGES, SLOW, WEB_IMAGES, type ModelKind } from './kinds.ts';
import { addClients, drawArrivals, worldWith, type Stream } from './scenario.ts';
import { tally, type Tally } from './tally.ts';
import { BREEZY, CALM, SLOWING, type Weather } from './weather.ts';
import { USUAL, type Dispatch, type World } from './world.ts';

const { seconds, seed } = program(
  'node bench/simulator/main.ts',
  'Plays loads on the scheduler in simulated time.',
)
  .option('--seconds <n>', 'of simulated time, for each load', numberFrom(2), 20)
  .option('--seed <n>', 'of arrivals and durations', numberFrom(0), 1)
  .parse()
  .opts<{ seconds: number; seed: number }>();
const forMs = 1000 * seconds;
/** Not counted: the server learns. */
const FROM_MS = 1000;

const COLUMNS: readonly (readonly [string, number])[] = [
  ['load', 34],
  ['model', 8],
  ['workers', 8],
  ['offered/s', 10],
  ['in time/s', 10],
  ['knowing', 8],
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

/** One line for each model. `known`: of the scheduler that knows the future, where it compares. */
function report(label: string, world: World, batches: readonly Dispatch[], known?: Tally): void {
  const { kinds, workers } = world.settings;
  kinds.forEach(({ name }, model) => {
    const seen = tally(
      world.visits.filter((visit) => visit.model === model),
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
        known === undefined ? '-' : share(goodput, known.goodput),
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
  readonly weather: Weather;
  readonly clients?: number;
}

async function simulate({ label, kinds, streams, workers, weather, clients }: Load): Promise<void> {
  const arrivals = drawArrivals(kinds, streams, { seed, forMs });
  const world = worldWith({ ...USUAL, kinds, workers, weather, seed }, arrivals);
  if (clients !== undefined) addClients(world, { model: 0, count: clients, thinkMs: 0 }, { seed, forMs });
  const batches: Dispatch[] = [];
  world.onDispatch = (dispatch) => void batches.push(dispatch);
  await world.run();
  const comparable = kinds.length === 1 && kinds[0]!.name === CONV.name && clients === undefined;
  const known = comparable
    ? tally(clairvoyant(kinds[0]!, arrivals, workers, weather, seed), FROM_MS, forMs)
    : undefined;
  report(label, world, batches, known);
}

const PATTERNS: readonly (readonly [string, (perSecond: number) => Pattern])[] = [
  ['Poisson', poisson],
  ['bursts of 20', (perSecond) => bursts(perSecond, 20)],
  ['on 0.8 s, off 1.2 s', (perSecond) => onOff(perSecond, 2000, 0.4)],
  ['ramp to twice', ramp],
];
const WEATHERS = { calm: CALM, breezy: BREEZY, slowing: SLOWING };

/** Requests a second of a flood: twice what the workers can do in the largest batches. */
const flood = (kind: ModelKind, workers: number): number => {
  const { rows, ms } = kind.runs.findLast(({ width }) => width === 'narrow')!;
  return 2 * workers * Math.max(1000 / kind.runs[0]!.ms, (1000 * rows) / ms);
};

console.log(line(COLUMNS.map(([name]) => name)));
for (const [weatherName, weather] of Object.entries(WEATHERS)) {
  for (const [patternName, patternOf] of PATTERNS) {
    for (const times of [0.5, 0.8, 1.2, 2, 5]) {
      const workers = 2;
      const pattern = patternOf((times * workers * 1000) / CONV.runs[0]!.ms);
      const label = `${weatherName}, ${patternName}, ${times}x`;
      await simulate({ label, kinds: [CONV], streams: [{ model: 0, pattern }], workers, weather });
    }
  }
}
for (const clients of [1, 2, 16, 64]) {
  await simulate({
    label: `${clients} clients in turn`,
    kinds: [CONV],
    streams: [],
    workers: 2,
    weather: CALM,
    clients,
  });
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
    weather: CALM,
  });
}
for (const kinds of [[MATRIX], [SLOW], [CONV, SLOW], [CONV, MATRIX], [CONV, MATRIX, SLOW]]) {
  for (const workers of [1, 2, 4]) {
    const streams = kinds.map((kind, model) => ({ model, pattern: poisson(flood(kind, workers)) }));
    await simulate({ label: `flood of ${kinds.length}`, kinds, streams, workers, weather: CALM });
  }
}
for (const other of [SLOW, MATRIX]) {
  for (const workers of [1, 2, 4]) {
    const streams = [
      { model: 0, pattern: poisson(20) },
      { model: 1, pattern: poisson(flood(other, workers)) },
    ];
    await simulate({ label: '20/s beside a flood', kinds: [CONV, other], streams, workers, weather: CALM });
  }
}
