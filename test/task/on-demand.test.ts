/** Requests for a version that is loaded when it is asked for. */
import t from 'tap';
import type { ModelVersion } from '../../src/serving/model-version.ts';
import { plain } from '../e2e/fixtures/images.ts';
import { exchangeOf } from '../http/fixtures/exchange.ts';
import { classifier, done, lateClassifier, predicted, stagesOf } from '../http/fixtures/stages.ts';
import { settled } from '../support/fake-clock.ts';

const CLASSES = done({ kind: 'classes', classes: [7], probabilities: [0.5] });
const IMAGE = plain([1, 2, 3]);
const TIMEOUT = { 'x-request-timeout-ms': '500' };

/** Sends an image. `wanted`: whether the version has to be loaded first. */
function ask(model: ModelVersion, headers: Readonly<Record<string, string>>, wanted = true) {
  const length = ['content-length', String(IMAGE.length)] as const;
  const each = exchangeOf([length, ...Object.entries(headers)]);
  const made = stagesOf(model, () => CLASSES, { wanted: () => wanted });
  void predicted(each.exchange, made.stages);
  const status = async (): Promise<string | undefined> => {
    await settled();
    return each.response.status;
  };
  const code = async (): Promise<unknown> => {
    await settled();
    return (JSON.parse(each.response.body ?? '{}') as { code?: string }).code;
  };
  return { ...each, ...made, status, code };
}

t.test(
  'without a deadline of its own a request is refused at once, and told when to come again',
  async (t) => {
    const model = lateClassifier();
    const asked = ask(model, {});
    t.equal(await asked.code(), 'MODEL_LOADING');
    t.equal(asked.response.headers.get('retry-after'), '1');
    t.match(asked.response.body, /set x-request-timeout-ms to wait/);
    t.equal(model.leases, 0);
  },
);

t.test('the time to come again is what the last load took, in whole seconds', async (t) => {
  const model = lateClassifier();
  const { loaded } = ask(model, {});
  loaded(model);
  model.ready(model.signature!, model.queue!, 3500);
  model.leaves();
  model.left();
  const asked = ask(model, {});
  await settled();
  t.equal(asked.response.headers.get('retry-after'), '4');
});

t.test('with a deadline of its own it waits, without keeping others from being unloaded', async (t) => {
  const model = lateClassifier();
  const asked = ask(model, TIMEOUT);
  asked.response.feed(IMAGE, true);
  t.equal(await asked.status(), '');
  t.equal(model.leases, 0);
  t.equal(asked.budget.used, IMAGE.length, 'its body is kept');
  asked.loaded(model);
  t.equal(await asked.status(), '200 OK');
  t.equal(asked.submitted.length, 1);
  t.equal(model.leases, 0);
});

t.test('a version that is ready before the body has come is kept for it', async (t) => {
  const model = lateClassifier();
  const asked = ask(model, TIMEOUT);
  asked.loaded(model);
  t.equal(model.leases, 1);
  model.leaves();
  asked.response.feed(IMAGE, true);
  t.equal(await asked.status(), '200 OK', 'although it is about to leave memory');
});

t.test('a request that was taken is answered, although its version is about to leave memory', async (t) => {
  const model = classifier();
  const asked = ask(model, {}, false);
  model.leaves();
  asked.response.feed(IMAGE, true);
  t.equal(await asked.status(), '200 OK');
});

t.test('it is refused when the load fails', async (t) => {
  const model = lateClassifier();
  const asked = ask(model, TIMEOUT);
  asked.response.feed(IMAGE, true);
  model.unavailable('It is cut off.');
  t.equal(await asked.code(), 'MODEL_UNAVAILABLE');
  t.same(asked.refused, [['headers', 'MODEL_UNAVAILABLE']]);
});

t.test('it may come again when the load was given up', async (t) => {
  const model = lateClassifier();
  const asked = ask(model, TIMEOUT);
  asked.response.feed(IMAGE, true);
  model.settled();
  t.equal(await asked.code(), 'MODEL_LOADING');
});

t.test('it expires while it waits, and nothing is kept', async (t) => {
  const model = lateClassifier();
  const asked = ask(model, TIMEOUT);
  asked.response.feed(IMAGE, true);
  await settled();
  asked.clock.advance(500);
  t.equal(await asked.code(), 'DEADLINE_EXCEEDED');
  t.equal(asked.budget.used, 0);
  asked.loaded(model);
  await settled();
  t.strictSame([asked.submitted.length, model.leases], [0, 0]);
});

t.test('a load that fails after it has expired is not counted as a refusal', async (t) => {
  const model = lateClassifier();
  const asked = ask(model, TIMEOUT);
  asked.response.feed(IMAGE, true);
  await settled();
  asked.clock.advance(500);
  model.unavailable('It is cut off.');
  await settled();
  t.strictSame(asked.refused, []);
});

t.test('a client that leaves while it waits is forgotten', async (t) => {
  const model = lateClassifier();
  const asked = ask(model, TIMEOUT);
  asked.response.feed(IMAGE, true);
  await settled();
  asked.response.abort();
  asked.loaded(model);
  await settled();
  t.strictSame([asked.submitted.length, model.leases, asked.budget.used], [0, 0, 0]);
});

t.test('a query that does not fit is refused when the version is known', async (t) => {
  const model = lateClassifier();
  const each = exchangeOf([['content-length', String(IMAGE.length)]], {}, 'POST', {
    query: 'top_k=11&timeout=500',
  });
  const made = stagesOf(model, () => CLASSES, { wanted: () => true });
  void predicted(each.exchange, made.stages);
  each.response.feed(IMAGE, true);
  made.loaded(model);
  await settled();
  t.match(JSON.parse(each.response.body!), { code: 'BAD_QUERY' });
  t.equal(model.leases, 0);
});
