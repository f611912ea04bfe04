import t from 'tap';
import { ForecastError } from '../../src/cost/forecast-error.ts';

const HALF_LIFE_MS = 10_000;

function told(ratio: number, times = 64): ForecastError {
  const error = new ForecastError();
  for (let finish = 0; finish < times; finish++) error.observe(ratio, 0);
  return error;
}

t.test('before anything is known a fifth is allowed for', async (t) => {
  t.equal(new ForecastError().at(0), 1.2);
});

t.test('the worst of what was told lately is allowed for', async (t) => {
  const error = told(1.1);
  error.observe(3, 0);
  for (let finish = 0; finish < 63; finish++) error.observe(1.1, 0);
  t.equal(error.at(0), 3);
});

t.test('that everything comes sooner is not counted on', async (t) => {
  t.equal(told(0.5).at(0), 1);
});

t.test('what was learned fades to the first guess while nothing is told', async (t) => {
  const error = told(3.2);
  t.equal(error.at(0), 3.2);
  t.ok(Math.abs(error.at(HALF_LIFE_MS) - 2.2) < 1e-9);
  t.ok(error.at(20 * HALF_LIFE_MS) < 1.21);
  const low = told(1);
  t.ok(Math.abs(low.at(HALF_LIFE_MS) - 1.1) < 1e-9, 'from below too');
});
