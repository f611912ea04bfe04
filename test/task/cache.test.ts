/** The pipeline with the cache of answers: what a stored answer needs, and what its headers say. */
import t from 'tap';
import { AnswerCache } from '../../src/cache/cache.ts';
import type { PredictSettings } from '../../src/protocol/v1/predict-plan.ts';
import { plain } from '../e2e/fixtures/images.ts';
import { exchangeOf, type ExchangeUnderTest } from '../http/fixtures/exchange.ts';
import {
  classifier,
  done,
  predicted,
  SLO_MS,
  stagesOf,
  type StagesUnderTest,
} from '../http/fixtures/stages.ts';
import { FakeClock, settled } from '../support/fake-clock.ts';

const CLASSES = done({ kind: 'classes', classes: [7], probabilities: [0.5] });
const IMAGE = plain([1, 2, 3]);
const LATE = { startsInMs: SLO_MS, finishesInMs: SLO_MS + 10 };

const newCache = (): AnswerCache =>
  new AnswerCache({ maxBytes: 100_000, build: '1' }, new FakeClock(), {
    looked: () => undefined,
    evicted: () => undefined,
  });

interface Asked extends ExchangeUnderTest, StagesUnderTest {}

type Changed = Parameters<typeof stagesOf>[2] & { readonly headers?: Readonly<Record<string, string>> };

/** Sends an image and waits for what can happen. */
async function ask(
  cache: PredictSettings['cache'],
  { headers = {}, ...changed }: Changed = {},
  model = classifier(),
): Promise<Asked> {
  const all = Object.entries({ 'content-length': String(IMAGE.length), ...headers });
  const each = exchangeOf(all, {}, 'POST', { parameters: ['m'] });
  const made = stagesOf(model, () => CLASSES, { cache, ...changed });
  void predicted(each.exchange, made.stages);
  each.response.feed(IMAGE, true);
  await settled();
  return { ...each, ...made };
}

const bodyOf = ({ response }: Asked): Record<string, unknown> =>
  JSON.parse(response.body ?? 'null') as Record<string, unknown>;

t.test('without a cache no header speaks of one', async (t) => {
  const { response } = await ask(undefined, { headers: { 'if-none-match': '"x"' } });
  t.equal(response.status, '200 OK');
  t.notOk(response.headers.has('cache-status'));
  t.notOk(response.headers.has('etag'));
});

t.test('the second answer says the same without a run', async (t) => {
  const cache = newCache();
  const first = await ask(cache);
  const second = await ask(cache);
  t.equal(second.submitted.length, 0);
  t.equal(first.response.headers.get('cache-status'), 'ortolan; fwd=miss; stored');
  t.equal(second.response.headers.get('cache-status'), 'ortolan; hit');
  t.strictSame(bodyOf(second)['predictions'], bodyOf(first)['predictions']);
  t.strictSame(bodyOf(second)['batch'], { size: 1, reason: 'cache', width: 'narrow' });
  t.match(second.response.headers.get('server-timing'), /queue;dur=0\.00.*infer;dur=0\.00.*1 cache narrow/);
});

for (const [name, changed] of Object.entries({
  'when the queue is full': { room: false },
  'when others would be too late': { forecast: () => LATE },
})) {
  t.test(`a stored answer is given ${name}, and another request is refused`, async (t) => {
    const cache = newCache();
    t.match(bodyOf(await ask(cache, changed)), { code: /QUEUE_FULL|OVERLOADED/ });
    await ask(cache);
    t.equal((await ask(cache, changed)).response.status, '200 OK');
    const uncached = await ask(cache, { ...changed, headers: { 'cache-control': 'no-cache' } });
    t.match(uncached.refused, [['headers', /QUEUE_FULL|OVERLOADED/]], 'before its body is read');
  });
}

t.test('a server that is going down gives none', async (t) => {
  const cache = newCache();
  await ask(cache);
  t.match(bodyOf(await ask(cache, { closing: true })), { code: 'DRAINING' });
});

t.test('a client that has the answer gets 304 and no body, whether it is stored or not', async (t) => {
  const cache = newCache();
  const model = classifier();
  const etag = (await ask(cache, {}, model)).response.headers.get('etag')!;
  cache.forget(0);
  const again = await ask(cache, { headers: { 'if-none-match': `"other", ${etag}` } }, model);
  t.equal(again.response.status, '304 Not Modified');
  t.equal(again.response.body, undefined);
  t.equal(again.submitted.length, 0);
  t.equal(again.response.headers.get('etag'), etag);
  t.notOk(again.response.headers.has('content-type'));
  t.notOk(again.response.headers.has('content-length'));
});

t.test('a tag of another answer does not stop this one', async (t) => {
  const { response } = await ask(newCache(), { headers: { 'if-none-match': 'W/"x", *' } });
  t.equal(response.status, '200 OK');
});

t.test('no-store leaves nothing behind', async (t) => {
  const cache = newCache();
  const { response } = await ask(cache, { headers: { 'cache-control': 'no-store' } });
  t.equal(response.headers.get('cache-status'), 'ortolan; fwd=bypass');
  t.equal(cache.entries, 0);
});
