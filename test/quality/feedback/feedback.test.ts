import { rmSync } from 'node:fs';
import t from 'tap';
import type { Identity, Scope } from '../../../src/guard/identity.ts';
import { readEntry } from '../../../src/quality/feedback/entry.ts';
import { Feedback, type FeedbackCaller, type GivenFeedback } from '../../../src/quality/feedback/feedback.ts';
import { factsText, type PredictionRecord } from '../../../src/quality/log/record.ts';
import { DAY_MS, world } from '../fixtures/log.ts';

const RECORD: PredictionRecord = {
  ...{
    requestId: 'r-1',
    at: 0,
    model: 'pets',
    version: '2',
    route: 'split',
    caller: undefined,
    ofClasses: 3,
  },
  items: [{ index: 0, classes: [1, 0], probabilities: [0.8, 0.1] }],
};

const anyone: FeedbackCaller = { identity: undefined, mayUse: () => true };
const caller = (name: string, scopes: readonly Scope[] = ['predict'], models?: string[]): FeedbackCaller => {
  const identity: Identity = {
    ...{ kind: 'key', id: `k-${name}`, name, scopes: new Set(scopes) },
    models: models && new Set(models),
  };
  return { identity, mayUse: (model) => identity.models?.has(model) ?? true };
};

const say = (said: Partial<GivenFeedback>): GivenFeedback => ({
  ...{ requestId: 'r-1', index: undefined },
  ...said,
});

function setup(t: Parameters<typeof world>[0], path?: string) {
  const place = world(t, {}, path);
  const predictions = place.open();
  const feedback = place.open({ kind: 'feedback', delayMs: 0, syncs: true });
  const taken: string[] = [];
  const room = new Feedback({
    ...{ predictions, feedback, keepMs: 30 * DAY_MS, now: place.now },
    labelsOf: () => ['cat', 'dog', 'bird'],
    events: { taken: (result) => void taken.push(result), accepted: (entry) => void taken.push(entry.model) },
  });
  const answered = (record: Partial<PredictionRecord> = {}): void => {
    const whole = { ...RECORD, at: place.now(), ...record };
    predictions.add(whole.requestId, `${factsText(whole, { cached: false, ms: 1, rows: 1 })}}\n`);
  };
  /** Lets the disk write as soon as something waits for it. */
  const take = async (given: Partial<GivenFeedback>, by = anyone) => {
    const taking = room.take(say(given), by);
    let over = false;
    void taking.catch(() => undefined).finally(() => (over = true));
    while (!over) {
      place.clock.advance(1);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return taking;
  };
  return { ...place, answered, take, taken, predictions, feedback };
}

t.test('a label is on the disk when it is taken, with what it was said of', async (t) => {
  const { answered, take, taken, lines } = setup(t);
  answered();
  const { status, entry } = await take({ label: 'cat' }, caller('shop'));
  t.equal(status, 'accepted');
  t.match(entry, { model: 'pets', version: '2', route: 'split', index: 0, correct: false, classId: 0 });
  t.match(readEntry(lines()[0]!), entry);
  t.match(JSON.parse(lines()[0]!), {
    ...{ request_id: 'r-1', by: 'key:shop', class_id: 0, label: 'cat', correct: false },
    predicted: { class_id: 1, probability: 0.8 },
  });
  t.strictSame(taken, ['accepted', 'pets']);
});

t.test('the same counts once, also after a restart; what contradicts is refused', async (t) => {
  const first = setup(t);
  first.answered();
  t.equal((await first.take({ label: 'dog' })).status, 'accepted');
  t.equal((await first.take({ classId: 1 })).status, 'known');
  await Promise.all([first.predictions.close(1000), first.feedback.close(1000)]);
  const { take, lines, taken } = setup(t, first.path);
  t.equal((await take({ correct: true })).status, 'known');
  await t.rejects(take({ label: 'cat' }), { code: 'FEEDBACK_CONFLICT', status: 409 });
  t.equal(lines().length, 2, 'one prediction and one label');
  t.strictSame(taken, ['known', 'FEEDBACK_CONFLICT']);
});

t.test('the same twice at once is written once', async (t) => {
  const { answered, take, lines } = setup(t);
  answered();
  const both = await Promise.all([take({ label: 'dog' }), take({ label: 'dog' })]);
  t.strictSame(both.map(({ status }) => status).sort(), ['accepted', 'known']);
  t.equal(lines().filter((text) => readEntry(text) !== undefined).length, 1);
});

t.test('an unknown id, and one whose prediction is too old, are not found', async (t) => {
  const { answered, take, clock } = setup(t);
  await t.rejects(take({ label: 'dog' }), { code: 'PREDICTION_NOT_FOUND', status: 404 });
  answered();
  clock.advance(31 * DAY_MS);
  await t.rejects(take({ label: 'dog' }), { code: 'PREDICTION_NOT_FOUND' });
});

t.test('only who has asked may speak of the answer, or an admin', async (t) => {
  const { answered, take } = setup(t);
  answered({ caller: 'key:shop' });
  for (const stranger of [anyone, caller('other'), caller('shop', ['predict'], ['another-model'])])
    await t.rejects(take({ label: 'dog' }, stranger), { code: 'FORBIDDEN', status: 403 });
  t.equal((await take({ label: 'dog' }, caller('shop'))).status, 'accepted');
  t.equal((await take({ label: 'dog' }, caller('boss', ['admin']))).status, 'known');
});

t.test('where two callers have used the same id, each speaks of its own', async (t) => {
  const { answered, take } = setup(t);
  answered({ caller: 'key:shop', model: 'pets' });
  answered({ caller: 'key:zoo', model: 'birds' });
  t.equal((await take({ correct: true }, caller('shop'))).entry.model, 'pets');
  t.equal((await take({ correct: false }, caller('zoo'))).entry.model, 'birds');
});

t.test('images of one request are judged one by one', async (t) => {
  const { answered, take } = setup(t);
  const [item] = RECORD.items;
  answered({ items: [item!, { ...item!, index: 2 }] });
  await t.rejects(take({ correct: true }), { code: 'BAD_FIELD', pointer: '/index' });
  t.equal((await take({ correct: true, index: 0 })).status, 'accepted');
  t.equal((await take({ correct: false, index: 2 })).status, 'accepted');
  await t.rejects(take({ correct: true, index: 1 }), { code: 'BAD_FIELD', pointer: '/index' });
});

t.test('that it was wrong may be followed by what it is', async (t) => {
  const { answered, take } = setup(t);
  answered();
  t.equal((await take({ correct: false })).entry.more, false);
  const more = await take({ label: 'bird' });
  t.match(more, { status: 'accepted', entry: { more: true, classId: 2 } });
  t.equal((await take({ label: 'bird' })).status, 'known');
  await t.rejects(take({ label: 'cat' }), { code: 'FEEDBACK_CONFLICT' });
});

t.test('a log that cannot be read is no fault of the caller', async (t) => {
  const { take, path } = setup(t);
  rmSync(path, { recursive: true });
  await t.rejects(take({ label: 'dog' }), {
    code: 'FEEDBACK_UNAVAILABLE',
    status: 503,
    cause: { code: 'ENOENT' },
  });
});

t.test('what cannot be written is refused, not counted, and taken later', async (t) => {
  const { answered, take, feedback, taken } = setup(t);
  answered();
  await feedback.close(0);
  await t.rejects(take({ label: 'dog' }), { code: 'FEEDBACK_UNAVAILABLE', status: 503, retryable: true });
  t.strictSame(taken, ['FEEDBACK_UNAVAILABLE']);
});
