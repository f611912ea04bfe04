import t from 'tap';
import { Demand, Demands } from '../../src/admission/demand.ts';

/** The saturation of one worker after a constant demand, in milliseconds of work a second, for some time. */
function after(seconds: number, workMs: number, demand = new Demand(0), from = 0): number {
  for (let second = 0; second < seconds; second++) {
    for (let part = 0; part < 10; part++) demand.add(workMs / 10, (from + second) * 1000 + part * 100);
  }
  return demand.saturation(1, (from + seconds) * 1000);
}

const near = (t: Tap, found: number, wanted: number, share = 0.01): void => {
  t.ok(Math.abs(found - wanted) <= share * wanted, `${found} is about ${wanted}`);
};
type Tap = Pick<typeof t, 'ok'>;

t.test('is the demanded share of a worker’s time, from the first seconds on', async (t) => {
  for (const seconds of [2, 30, 300]) near(t, after(seconds, 500), 0.5);
});

t.test('exceeds 1 when the demand exceeds the capacity', async (t) => {
  near(t, after(60, 3000), 3);
});

t.test('is divided by the number of workers; none counts as one', async (t) => {
  const demand = new Demand(0);
  after(300, 1000, demand);
  near(t, demand.saturation(4, 300_000), 0.25);
  near(t, demand.saturation(0, 300_000), 1);
});

t.test('forgets: after 30 s without a request 1/e is left', async (t) => {
  const demand = new Demand(0);
  after(600, 1000, demand);
  near(t, demand.saturation(1, 630_000), 1 / Math.E);
  near(t, demand.saturation(1, 660_000), 1 / Math.E ** 2);
});

t.test('moves two thirds of the way to a new rate in half a minute', async (t) => {
  const demand = new Demand(0);
  after(600, 200, demand);
  near(t, after(30, 1200, demand, 600), 0.2 + (1 - 1 / Math.E), 0.02);
});

t.test('the first request after a start does not count as an overload', async (t) => {
  const demand = new Demand(0);
  demand.add(20, 1);
  t.ok(demand.saturation(1, 1) < 0.05);
});

t.test('without requests there is no demand', async (t) => {
  t.equal(new Demand(5).saturation(2, 5), 0);
});

t.test('a device that has too little to give shows, however many workers the CPU has', async (t) => {
  const demands = new Demands(0);
  t.equal(
    demands.saturation(() => 1, 1000),
    0,
    'nothing was demanded',
  );
  demands.add('cpu', 1000, 1000);
  demands.add('webgpu', 1000, 1000);
  const of = (device: string): number => (device === 'cpu' ? 8 : 1);
  const alone = new Demand(0);
  alone.add(1000, 1000);
  t.equal(demands.saturation(of, 1000), alone.saturation(1, 1000), 'that of the one that is short');
  t.equal(demands.saturation(of, 1000), 8 * demands.saturation(() => 8, 1000));
});
