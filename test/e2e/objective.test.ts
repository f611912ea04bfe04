/** The latency objective: a request that cannot be answered in time is refused at once, with Retry-After. */
import t from 'tap';
import { HELD } from '../support/faults.ts';
import { row, startFaulty } from '../support/faulty-server.ts';
import { faultOf, get, jsonOf, post, scrape, until } from '../support/http-client.ts';

const SLO_MS = 50;
const PATH = '/v1/predict';

interface Batches {
  readonly batches: readonly { readonly outcome: string; readonly reason: string; readonly width: string }[];
}

/** A server whose one worker has been stuck for longer than the objective. */
async function stuck(t: Parameters<typeof startFaulty>[0]) {
  const { gate, port } = await startFaulty(t, { sloP99Ms: SLO_MS, prefetchUnderMs: 0 });
  const first = post(port, PATH, row(HELD));
  await gate.held();
  await until(async () => (await scrape(port))('ortolan_forecast_wait_seconds') * 1000 > 2 * SLO_MS);
  return { gate, port, first };
}

t.test('a request that would miss the objective is refused, with Retry-After', async (t) => {
  const { gate, port, first } = await stuck(t);
  const refused = await post(port, PATH, row(1));
  t.strictSame(faultOf(refused), [503, 'OVERLOADED']);
  t.match(refused.headers.get('retry-after'), /^[1-9]\d*$/);
  t.match(jsonOf(refused), { retryable: true, error: /latency objective is 50 ms/ });
  const metrics = await scrape(port);
  t.equal(metrics('ortolan_refused_requests_total', { stage: 'headers', code: 'OVERLOADED' }), 1);
  gate.open();
  t.equal((await first).status, 200, 'the accepted request is answered');
  t.equal((await post(port, PATH, row(1))).status, 200, 'and a request to an idle server is accepted');
});

t.test('a client with a timeout above the objective waits, one below is refused', async (t) => {
  const { gate, port, first } = await stuck(t);
  const patient = post(port, PATH, row(2), { 'x-request-timeout-ms': '20000' });
  await until(async () => (await scrape(port))('ortolan_queue_rows') === 1);
  const hasty = await post(port, `${PATH}?timeout=1`, row(3));
  t.strictSame(faultOf(hasty), [503, 'OVERLOADED']);
  t.match(jsonOf(hasty), { error: /the request's own deadline/ });
  gate.open();
  t.strictSame(
    (await Promise.all([first, patient])).map(({ status }) => status),
    [200, 200],
  );
});

t.test('an invalid timeout is refused with a pointer', async (t) => {
  const { port } = await startFaulty(t, {});
  for (const query of ['timeout=0', 'timeout=soon', 'timeout=1&timeout=2', 'timeout=']) {
    const answer = await post(port, `${PATH}?${query}`, row(1));
    t.strictSame(faultOf(answer), [400, 'BAD_QUERY'], query);
    t.match(jsonOf(answer), { pointer: '/timeout' });
  }
  t.equal((await post(port, `${PATH}?timeout=10000`, row(1))).status, 200);
});

t.test('the last batches can be read', async (t) => {
  const { port } = await startFaulty(t, {});
  await post(port, PATH, row(1));
  await post(port, PATH, row(2));
  const { batches } = jsonOf<Batches>(await get(port, '/debug/batches'));
  t.match(batches, [
    { outcome: 'done', reason: 'idle', size: 1, worker: 0 },
    { outcome: 'done', reason: 'idle', size: 1, worker: 0 },
  ]);
});
