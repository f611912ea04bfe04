import t from 'tap';
import { ForecastError } from '../../src/cost/forecast-error.ts';

const HALF_LIFE_MS = 3000;

function observed(ratio: number, times = 64): ForecastError {
  const error = new ForecastError();
  for (let finish = 0; finish < times; finish++) error.observe(ratio, 0);
  return error;
}

t.test('the initial error is 1.2', async (t) => {
  t.equal(new ForecastError().at(0), 1.2);
});

t.test('the error is a high quantile of recent observations', async (t) => {
  const error = observed(1.1);
  error.observe(3, 0);
  for (let finish = 0; finish < 63; finish++) error.observe(1.1, 0);
  t.equal(error.at(0), 3);
});

t.test('the error is at least 1', async (t) => {
  t.equal(observed(0.5).at(0), 1);
});

t.test('the error decays to its initial value while nothing is observed', async (t) => {
  const error = observed(3.2);
  t.equal(error.at(0), 3.2);
  t.ok(Math.abs(error.at(HALF_LIFE_MS) - 2.2) < 1e-9);
  t.ok(error.at(20 * HALF_LIFE_MS) < 1.21);
  const low = observed(1);
  t.ok(Math.abs(low.at(HALF_LIFE_MS) - 1.1) < 1e-9, 'from below too');
});

t.test('a stall is forgotten within seconds, also when little is observed', async (t) => {
  const error = observed(4, 200);
  for (let ms = 500; ms <= 5000; ms += 500) error.observe(1.1, ms);
  t.equal(error.at(5000), 4);
  error.observe(1.1, 5500);
  t.equal(error.at(5500), 1.1);
});
