/** The order of the steps of a request, which of them refuses first, and what is released. */
import { gzipSync } from 'node:zlib';
import t from 'tap';
import type { ModelVersion } from '../../src/serving/model-version.ts';
import { settled } from '../support/fake-clock.ts';
import { plain } from '../e2e/fixtures/images.ts';
import { exchangeOf, type ExchangeUnderTest } from '../http/fixtures/exchange.ts';
import {
  classifier,
  done,
  rows,
  SLO_MS,
  stagesOf,
  version,
  type StagesUnderTest,
  predicted,
} from '../http/fixtures/stages.ts';

const CLASSES = done({ kind: 'classes', classes: [7], probabilities: [0.5] });
const IMAGE = plain([1, 2, 3]);

interface Asked extends ExchangeUnderTest, StagesUnderTest {}

/** Begins a prediction; the body is still to come. */
function ask(
  model: ModelVersion,
  headers: Readonly<Record<string, string>>,
  {
    query = '',
    name = 'm',
    ...changed
  }: Parameters<typeof stagesOf>[2] & { query?: string; name?: string } = {},
): Asked {
  const each = exchangeOf(Object.entries(headers), {}, 'POST', { parameters: [name], query });
  const made = stagesOf(model, () => CLASSES, changed);
  void predicted(each.exchange, made.stages);
  return { ...each, ...made };
}

const codeOf = async ({ response }: Asked): Promise<unknown> => {
  await settled();
  return response.body === undefined ? undefined : (JSON.parse(response.body) as { code?: string }).code;
};

const LENGTH = { 'content-length': '100' };

/** Beyond the objective of the models here, and well within it. */
const LATE = { startsInMs: SLO_MS, finishesInMs: SLO_MS + 10 };
const SOON = { startsInMs: 40, finishesInMs: 50 };

/** Each is refused for the first of its faults, before its body is read. */
const REFUSED: Readonly<Record<string, readonly [() => Asked, string]>> = {
  'a model that is not there, before all else': [
    () => ask(classifier(), { ...LENGTH, 'content-type': 'text/html' }, { name: 'nope' }),
    'MODEL_NOT_FOUND',
  ],
  'a type that is not read, before its size': [
    () => ask(classifier(), { 'content-length': '99999', 'content-type': 'text/html' }),
    'UNSUPPORTED_MEDIA_TYPE',
  ],
  'a compression that is not read, before its size': [
    () => ask(classifier(), { 'content-length': '99999', 'content-encoding': 'br' }),
    'UNSUPPORTED_MEDIA_TYPE',
  ],
  'a form for a model of rows': [
    () => ask(rows(), { ...LENGTH, 'content-type': 'multipart/form-data; boundary=x' }),
    'UNSUPPORTED_MEDIA_TYPE',
  ],
  'a size that is never taken, even when there is no room': [
    () => ask(classifier(), { 'content-length': '99999999' }, { room: false }),
    'BODY_TOO_LARGE',
  ],
  'a server that is going down': [() => ask(classifier(), LENGTH, { closing: true }), 'DRAINING'],
  'a model that is not loaded': [() => ask(version('m', undefined), LENGTH), 'MODEL_LOADING'],
  'a queue that is full': [() => ask(classifier(), LENGTH, { room: false }), 'QUEUE_FULL'],
  'a deadline that is none': [() => ask(classifier(), LENGTH, { query: 'timeout=0' }), 'BAD_QUERY'],
  'a server that would be too late': [
    () => ask(classifier(), LENGTH, { forecast: () => LATE }),
    'OVERLOADED',
  ],
  'a deadline that cannot be kept': [
    () => ask(classifier(), LENGTH, { query: 'timeout=49', forecast: () => SOON }),
    'OVERLOADED',
  ],
  'a bad query': [() => ask(classifier(), LENGTH, { query: 'top_k=11' }), 'BAD_QUERY'],
  'a query to a model of rows': [() => ask(rows(), LENGTH, { query: 'top_k=1' }), 'BAD_QUERY'],
};

for (const [name, [asked, code]] of Object.entries(REFUSED)) {
  t.test(`${name}: ${code}, and nothing is kept`, async (t) => {
    const each = asked();
    t.equal(await codeOf(each), code);
    t.equal(each.budget.used, 0);
    t.equal(each.submitted.length, 0);
    t.equal(each.clock.pending, 0);
  });
}

t.test('a version that failed to load refuses without a retry', async (t) => {
  const broken = version('m', undefined);
  broken.unavailable('it is broken');
  const each = ask(broken, LENGTH);
  t.equal(await codeOf(each), 'MODEL_UNAVAILABLE');
  t.notMatch(each.response.body, /it is broken/);
});

t.test('a body takes from the budget what has arrived, until its answer', async (t) => {
  const each = ask(classifier(), { 'content-length': String(IMAGE.length) });
  t.equal(each.budget.used, 0);
  each.response.feed(IMAGE.subarray(0, 10));
  t.equal(each.budget.used, 10);
  each.response.feed(IMAGE.subarray(10), true);
  t.equal(each.budget.used, IMAGE.length);
  t.equal(await codeOf(each), undefined);
  t.equal(each.response.status, '200 OK');
  t.equal(each.budget.used, 0);
});

t.test('a compressed body is inflated before it is decoded, and all is given back', async (t) => {
  const sent = gzipSync(IMAGE);
  const each = ask(classifier(), { 'content-length': String(sent.length), 'content-encoding': 'gzip' });
  const ended = new Promise((resolve) => each.exchange.onEnd(resolve));
  each.response.feed(sent, true);
  t.equal(each.budget.used, 2 * sent.length, 'as what it inflates to, a copy more');
  t.equal(await ended, 'answered');
  t.match(each.submitted, [{ bytes: IMAGE }]);
  t.equal(each.budget.used, 0);
});

t.test('the errors of a request are counted for its model', async (t) => {
  const each = ask(classifier(), LENGTH, { room: false });
  await settled();
  t.strictSame(each.exchange.model, { model: 'classifier', version: '1', route: 'default' });
});

t.test('JSON has its own limits: longer than raw bytes for images, short for rows', async (t) => {
  const json = { 'content-type': 'application/json', 'content-length': '2000' };
  t.equal(await codeOf(ask(classifier(), json)), undefined, 'its body is awaited');
  t.equal(await codeOf(ask(classifier(), { ...json, 'content-length': '2001' })), 'BODY_TOO_LARGE');
  const long = { ...json, 'content-length': String(4 * 1024 * 1024 + 1) };
  t.equal(await codeOf(ask(rows(), long, { maxJsonBytes: 9_000_000 })), 'BODY_TOO_LARGE');
});

for (const [ending, end] of [
  ['abandoned', ({ response }: Asked) => response.abort()],
  ['expired', ({ clock }: Asked) => clock.advance(1000)],
] as const) {
  t.test(`work whose request is ${ending} is given up`, async (t) => {
    const each = exchangeOf([['content-length', String(IMAGE.length)]], {}, 'POST', { parameters: ['m'] });
    const made = stagesOf(classifier(), () => undefined);
    void predicted(each.exchange, made.stages);
    each.response.feed(IMAGE, true);
    await settled();
    t.equal(made.submitted.length, 1);
    end({ ...each, ...made });
    t.strictSame(made.givenUp, [ending]);
    t.equal(made.budget.used, 0);
  });
}

t.test('work that is late once its body has been read is refused, and its bytes are released', async (t) => {
  const each = ask(
    classifier(),
    { 'content-length': String(IMAGE.length) },
    { forecast: (work) => (work === undefined ? SOON : LATE) },
  );
  each.response.feed(IMAGE, true);
  t.equal(each.budget.used, IMAGE.length);
  t.equal(await codeOf(each), 'OVERLOADED');
  t.equal(each.response.headers.get('retry-after'), '1', 'whole seconds');
  t.strictSame(each.refused, [['work', 'OVERLOADED']]);
  t.equal(each.submitted.length, 0);
  t.equal(each.budget.used, 0);
});

t.test('the client’s deadline is passed on with the work', async (t) => {
  const sent = async (query: string, headers = {}): Promise<readonly (number | undefined)[]> => {
    const each = ask(classifier(), { 'content-length': String(IMAGE.length), ...headers }, { query });
    each.response.feed(IMAGE, true);
    await codeOf(each);
    return each.deadlines;
  };
  t.strictSame(await sent(''), [undefined]);
  t.strictSame(await sent('timeout=150'), [150]);
  t.strictSame(await sent('timeout=150', { 'x-request-timeout-ms': '120' }), [120]);
});

t.test('a longer deadline lets a request wait for longer than the SLO', async (t) => {
  const each = ask(classifier(), LENGTH, { query: 'timeout=300', forecast: () => LATE });
  t.equal(await codeOf(each), undefined, 'its body is awaited');
});
