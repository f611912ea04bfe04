import t from 'tap';
import { readFeedback } from '../../../../src/protocol/v1/feedback/body.ts';
import { BODIES, FeedbackBody } from '../../../../src/protocol/v1/feedback/schemas.ts';
import { faultsOf } from '../../conformance.ts';

const read = (value: unknown) => readFeedback(Buffer.from(JSON.stringify(value)));
const id = 'r-1';

t.test('takes one thing to say of one answer', async (t) => {
  t.match(read({ request_id: id, label: 'tabby' }), { requestId: id, index: undefined, label: 'tabby' });
  t.match(read({ request_id: id, index: 3, class_id: 0 }), { index: 3, classId: 0 });
  t.match(read({ request_id: id, correct: false }), { correct: false });
  t.match(read({ request_id: id, score: 0.25 }), { score: 0.25 });
});

t.test('refuses what it does not know, and says where', async (t) => {
  for (const [value, pointer] of [
    [[], ''],
    [null, ''],
    [{ label: 'a' }, '/request_id'],
    [{ request_id: 'no spaces', label: 'a' }, '/request_id'],
    [{ request_id: 'x'.repeat(65), label: 'a' }, '/request_id'],
    [{ request_id: id }, '/label'],
    [{ request_id: id, label: 'a', class_id: 1 }, '/class_id'],
    [{ request_id: id, label: 'a', extra: 1 }, '/extra'],
    [{ request_id: id, label: 1 }, '/label'],
    [{ request_id: id, label: 'x'.repeat(2000) }, '/label'],
    [{ request_id: id, class_id: -1 }, '/class_id'],
    [{ request_id: id, class_id: 1.5 }, '/class_id'],
    [{ request_id: id, class_id: '1' }, '/class_id'],
    [{ request_id: id, correct: 'yes' }, '/correct'],
    [{ request_id: id, score: 1.1 }, '/score'],
    [{ request_id: id, score: null }, '/score'],
    [{ request_id: id, index: -1, correct: true }, '/index'],
  ] as const) {
    t.throws(() => read(value), { code: 'BAD_FIELD', pointer }, JSON.stringify(value).slice(0, 60));
  }
  t.throws(() => readFeedback(Buffer.from('{')), { code: 'BAD_JSON' });
  t.throws(() => readFeedback(Buffer.alloc(0)), { code: 'EMPTY_BODY' });
});

t.test('the examples are taken, and fit their schema', async (t) => {
  for (const { value } of Object.values(BODIES)) {
    t.doesNotThrow(() => read(value));
    t.strictSame(faultsOf(FeedbackBody, value), []);
  }
});
