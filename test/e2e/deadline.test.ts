/** Deadlines: a request past its deadline gets 504, and a row that no client waits for is not run. */
import t from 'tap';
import { HELD } from '../support/faults.ts';
import { row, startFaulty } from '../support/faulty-server.ts';
import { faultOf, jsonOf, post, scrape, until, Wire, type WireResponse } from '../support/http-client.ts';

const predict = (port: number, value: number, headers = {}): Promise<WireResponse> =>
  post(port, '/v1/predict', row(value), headers);
const SOON = { 'x-request-timeout-ms': '30' };

t.test('a request that is queued past its deadline gets 504, and its row is never run', async (t) => {
  const { port, gate } = await startFaulty(t);
  const first = predict(port, HELD);
  await gate.held();
  // Longer than below: a request whose expected wait exceeds its deadline is refused at once.
  const late = await predict(port, 1, { 'x-request-timeout-ms': '1000' });
  t.strictSame(faultOf(late), [504, 'DEADLINE_EXCEEDED']);
  t.match(jsonOf(late), { retryable: true, error: /1000 ms/ });
  t.equal((await scrape(port))('ortolan_queue_rows'), 0, 'it has left the queue');

  gate.open();
  t.equal((await first).status, 200);
  const samples = await scrape(port);
  t.equal(samples('ortolan_dropped_rows_total', { reason: 'expired' }), 1);
  t.equal(samples('ortolan_batches_total'), 1);
  t.equal(samples('ortolan_wasted_rows_total'), 0);
});

t.test('a request that runs past its deadline gets 504 at once, and the run counts as wasted', async (t) => {
  const { port, gate } = await startFaulty(t);
  t.strictSame(faultOf(await predict(port, HELD, SOON)), [504, 'DEADLINE_EXCEEDED']);
  await gate.held();
  gate.open();
  await until(async () => (await scrape(port))('ortolan_wasted_rows_total') === 1);
  t.equal((await predict(port, 1)).status, 200);
});

t.test('a prefetched request that expires is withdrawn before it runs', async (t) => {
  const { port, gate } = await startFaulty(t, { prefetchUnderMs: 10_000 });
  const first = predict(port, HELD);
  await gate.held();
  // A held row would block the worker again: if the second one ran, the next request would never be answered.
  t.strictSame(faultOf(await predict(port, HELD, SOON)), [504, 'DEADLINE_EXCEEDED']);
  const next = predict(port, 1);
  gate.open();
  t.equal((await first).status, 200);
  t.equal((await next).status, 200);
  const samples = await scrape(port);
  t.equal(samples('ortolan_dropped_rows_total', { reason: 'expired' }), 1);
  t.equal(samples('ortolan_wasted_rows_total'), 0);
});

t.test('a deadline counts from the first byte, so a slow body can use it up', async (t) => {
  const { port, log } = await startFaulty(t);
  const wire = await Wire.open(port);
  await wire.send({ method: 'POST', path: '/v1/predict', headers: { 'content-length': '16', ...SOON } });
  t.strictSame(faultOf((await wire.response())!), [504, 'DEADLINE_EXCEEDED']);
  await wire.write(row(1));
  await wire.send({ path: '/health/live' });
  t.equal((await wire.response())?.status, 200, 'the late body is not parsed as a request');
  wire.leave();
  t.equal(log.filter((line) => line['code'] === 'DEADLINE_EXCEEDED').length, 1);
});

t.test('a client cannot set a deadline beyond the maximum of the server', async (t) => {
  const { port, gate } = await startFaulty(t, { maxTimeoutMs: 40 });
  const answer = await predict(port, HELD, { 'x-request-timeout-ms': '600000' });
  t.match(jsonOf(answer), { code: 'DEADLINE_EXCEEDED', error: /40 ms/ });
  await gate.held();
});

t.test('a request that finishes within its deadline is answered, however short the deadline', async (t) => {
  const { port } = await startFaulty(t);
  t.equal((await predict(port, 1, { 'x-request-timeout-ms': '20000' })).status, 200);
});
