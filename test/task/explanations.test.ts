/** Explanations: what is queued for them, in what order, and how they end. The stages below are fakes. */
import t from 'tap';
import type { EntryOutcome, Priority } from '../../src/batcher/entry.ts';
import { ServingError } from '../../src/errors.ts';
import type { ModelVersion } from '../../src/serving/model-version.ts';
import { Explanations, type ExplanationOutcome } from '../../src/task/explanations.ts';
import type { ImagePayload, Occlusion } from '../../src/thread/payload.ts';
import { settled } from '../support/fake-clock.ts';
import { FakeCosts, type Prices } from '../support/fake-costs.ts';
import { exchangeOf, type ExchangeUnderTest } from '../http/fixtures/exchange.ts';
import { done } from '../http/fixtures/stages.ts';

const PAYLOAD = {
  kind: 'image',
  rows: 1,
  bytes: new Uint8Array(3),
  header: { format: 'jpeg', width: 8, height: 8 },
  topK: 5,
} as unknown as ImagePayload;
const CLASSES = { kind: 'classes', classes: [7, 2], probabilities: [0.5, 0.25] } as const;

interface Part {
  readonly occlusion: Occlusion;
  readonly rows: number;
  readonly priority: Priority | undefined;
  readonly givenUp: string[];
  settle(outcome: EntryOutcome): void;
}

/** A row takes 10 ms, and decoding 2 ms. */
const PRICES: Prices = { rowMs: 10, imageMs: 2, cap: 2 };

function setup({
  rows = 9,
  prices = PRICES,
  maxTimeoutMs = 1000,
  refuse = () => undefined as ServingError | undefined,
} = {}) {
  const parts: Part[] = [];
  const ended: [ExplanationOutcome, number][] = [];
  const version = {
    name: 'm',
    version: '1',
    costs: new FakeCosts(prices).asCostModel,
    settings: { preprocess: { resize: 256, crop: 224, filter: 'bilinear' } },
    submit([payload]: readonly ImagePayload[], _deadlineAt: number, _trace: unknown, priority: Priority) {
      const { promise, resolve } = Promise.withResolvers<readonly EntryOutcome[]>();
      const givenUp: string[] = [];
      const settle = (outcome: EntryOutcome): void => resolve([outcome]);
      parts.push({ occlusion: payload!.occlusion!, rows: payload!.rows, priority, givenUp, settle });
      const giveUp = (reason: 'abandoned' | 'expired'): void => {
        givenUp.push(reason);
        settle({ kind: 'dropped', reason });
      };
      return { outcomes: promise, giveUp };
    },
  } as unknown as ModelVersion;
  const explanations = new Explanations({
    rows,
    maxTimeoutMs,
    admission: {
      admitWork() {
        const error = refuse();
        if (error !== undefined) throw error;
      },
    },
    ended: (_version, outcome, ran) => ended.push([outcome, ran]),
  });
  const explain = (under: ExchangeUnderTest) =>
    explanations.explain(under.exchange, version, PAYLOAD, CLASSES);
  return { parts, ended, explanations, explain };
}

/** What is left of the class in each copy. */
const left = (...probabilities: readonly number[]): EntryOutcome =>
  done({
    kind: 'outputs',
    outputs: [
      { shape: [probabilities.length], data: new Uint8Array(new Float32Array(probabilities).buffer) },
    ],
  });

const wholePart = ({ rows }: Part, value: number): EntryOutcome => left(...Array<number>(rows).fill(value));

async function answerAll(parts: readonly Part[], value: number, until: () => boolean): Promise<void> {
  for (let next = 0; !until(); next++) {
    await settled();
    if (parts[next] === undefined) break;
    parts[next]!.settle(wholePart(parts[next]!, value));
    await settled();
  }
}

t.test('the largest square grid within the rows is run, and gives the drop of each cell', async (t) => {
  const { parts, ended, explanations, explain } = setup({ rows: 8 });
  t.equal(explanations.grid, 2);
  const under = exchangeOf();
  const explained = explain(under);
  await settled();
  t.match(parts, [{ rows: 2, priority: 'low', occlusion: { grid: 2, from: 0, classId: 7, atOnce: 2 } }]);
  parts[0]!.settle(left(0.25, 0.5));
  await settled();
  t.match(parts[1], { rows: 2, occlusion: { from: 2 } });
  under.clock.advance(30);
  parts[1]!.settle(left(0.75, 0));
  t.match(await explained, {
    classId: 7,
    probability: 0.5,
    grid: 2,
    drops: [0.25, 0, -0.25, 0.5],
    square: 0.875,
    ms: 30,
  });
  t.strictSame(ended, [['done', 4]]);
});

t.test('a part takes at most twice as long as a request, so that no request waits for more', async (t) => {
  for (const [prices, rows] of [
    [{ rowMs: 10, imageMs: 0, cap: 8 }, 2],
    [{ rowMs: 10, imageMs: 30, cap: 8 }, 5],
    [{ rowMs: 0, imageMs: 0, cap: 8 }, 32],
  ] as const) {
    const { parts, explain } = setup({ rows: 100, prices, maxTimeoutMs: 60_000 });
    void explain(exchangeOf());
    await settled();
    t.equal(parts[0]!.rows, rows);
    t.ok(parts[0]!.occlusion.atOnce <= 8, 'the model runs no more rows at once than pay');
  }
});

t.test('one part is queued at a time, and one explanation after the other', async (t) => {
  const { parts, ended, explain } = setup();
  const first = explain(exchangeOf());
  const second = explain(exchangeOf());
  await settled();
  t.equal(parts.length, 1);
  await answerAll(parts, 0.5, () => ended.length === 1);
  await first;
  t.equal(parts.length, 6, 'five parts of the first, then one of the second');
  await answerAll(parts.slice(5), 0.5, () => false);
  await settled();
  t.equal(parts.length, 7);
  for (let next = 6; next < 10; next++) {
    parts[next]!.settle(wholePart(parts[next]!, 0.5));
    await settled();
  }
  t.ok(await second);
});

t.test('a client that leaves takes its part out of the queue, and the next one begins', async (t) => {
  const { parts, ended, explain } = setup();
  const gone = exchangeOf();
  const first = explain(gone);
  const waiting = exchangeOf();
  const never = explain(waiting);
  void explain(exchangeOf());
  await settled();
  waiting.response.abort();
  gone.response.abort();
  t.equal(await first, undefined);
  t.equal(await never, undefined);
  t.strictSame(parts[0]!.givenUp, ['abandoned']);
  await settled();
  t.equal(parts.length, 2, 'nothing was queued for the one that left while it waited');
  t.strictSame(ended, [
    ['left', 0],
    ['left', 0],
  ]);
});

t.test('the deadline of the request ends it', async (t) => {
  const { parts, explain } = setup();
  const under = exchangeOf();
  under.exchange.startDeadline(200);
  const explained = explain(under);
  await settled();
  under.clock.advance(200);
  t.equal(await explained, undefined);
  t.strictSame(parts[0]!.givenUp, ['expired']);
  t.match(under.response.status, /^504/);
});

t.test('what cannot be done in the time that is left is refused before anything runs', async (t) => {
  const { parts, ended, explain } = setup();
  const under = exchangeOf();
  under.exchange.startDeadline(90);
  await t.rejects(explain(under), {
    code: 'OVERLOADED',
    message: /takes about 100 ms, after 0 ms of others/,
  });
  t.equal(parts.length, 0);
  t.strictSame(ended, [['refused', 0]]);
  // Ten of them take a second, which is the longest that a request may take.
  const more = Array.from({ length: 9 }, () => explain(exchangeOf()));
  for (const one of more) one.catch(() => undefined);
  await t.rejects(explain(exchangeOf()), { code: 'OVERLOADED' });
});

t.test('a refusal and a failure of a part end it with their error', async (t) => {
  let refusal: ServingError | undefined;
  const { parts, ended, explain } = setup({ refuse: () => refusal });
  const failing = explain(exchangeOf());
  await settled();
  parts[0]!.settle({ kind: 'failed', failure: { code: 'WORKER_DIED', detail: 'It died.' } });
  await t.rejects(failing, { code: 'WORKER_DIED' });
  const refused = explain(exchangeOf());
  await settled();
  refusal = new ServingError('OVERLOADED', 'No.');
  parts[1]!.settle(wholePart(parts[1]!, 0));
  await t.rejects(refused, { code: 'OVERLOADED' });
  t.strictSame(ended, [
    ['failed', 0],
    ['refused', 2],
  ]);
  refusal = undefined;
  void explain(exchangeOf());
  await settled();
  t.equal(parts.length, 3, 'the next one finds its turn');
});
