/** When the client sends again, and for how long it waits. */
import t from 'tap';
import { repeat, systemClock, type Limits } from '../../client/src/attempts.ts';
import { OrtolanError } from '../../client/src/ortolan-error.ts';
import { hurriedClock } from './fixtures/answering.ts';

const LIMITS: Limits = { attempts: 4, maxWaitMs: 30_000, deadline: Infinity, signal: undefined };
const refusal = (retryAfterMs?: number, retryable = true): OrtolanError =>
  new OrtolanError('Later.', { code: 'OVERLOADED', retryable, retryAfterMs });

/** Throws each of these, then returns how often it was called. */
function failing(...errors: readonly Error[]): () => Promise<number> {
  let calls = 0;
  return async () => {
    const error = errors[calls++];
    if (error !== undefined) throw error;
    return calls;
  };
}

t.test('waits get longer, and end with the first success', async (t) => {
  const clock = hurriedClock();
  t.equal(await repeat(failing(refusal(), refusal(), refusal()), LIMITS, clock), 4);
  t.strictSame(clock.waits, [100, 200, 400]);
});

t.test('a wait is at least what the server asks for, and up to half of it more by chance', async (t) => {
  const clock = hurriedClock(1);
  await repeat(failing(refusal(2000), refusal(50)), LIMITS, clock);
  t.strictSame(clock.waits, [3000, 300]);
});

t.test('the last of the attempts throws what it got', async (t) => {
  const clock = hurriedClock();
  const last = refusal(7);
  const attempt = failing(refusal(), refusal(), refusal(), last, refusal());
  await t.rejects(repeat(attempt, LIMITS, clock), last);
  t.equal(clock.waits.length, 3);
});

t.test('what is not retryable, or no error of the server, is thrown at once', async (t) => {
  const clock = hurriedClock();
  for (const error of [refusal(0, false), new TypeError('a bug')]) {
    await t.rejects(repeat(failing(error), LIMITS, clock), error);
  }
  t.strictSame(clock.waits, []);
});

t.test('a server that asks for a longer wait than is allowed is not asked again', async (t) => {
  const clock = hurriedClock();
  await t.rejects(repeat(failing(refusal(30_001)), LIMITS, clock), { code: 'OVERLOADED' });
  t.strictSame(clock.waits, []);
});

t.test('the back-off stays within the longest wait', async (t) => {
  const clock = hurriedClock();
  await repeat(failing(refusal(), refusal(), refusal()), { ...LIMITS, maxWaitMs: 150 }, clock);
  t.strictSame(clock.waits, [100, 150, 150]);
});

t.test('no wait ends after the deadline: the refusal is thrown at once', async (t) => {
  const clock = hurriedClock();
  const deadline = clock.now() + 300;
  await t.rejects(repeat(failing(refusal(), refusal()), { ...LIMITS, deadline }, clock), {
    code: 'OVERLOADED',
  });
  t.strictSame(clock.waits, [100], 'of the second, 200 ms, nothing would be left');
});

t.test('an aborted signal ends a wait with its reason', async (t) => {
  const abort = new AbortController();
  const reason = new Error('the user left');
  const waiting = systemClock.wait(3_600_000, abort.signal);
  abort.abort(reason);
  await t.rejects(waiting, reason);
  await t.rejects(systemClock.wait(3_600_000, abort.signal), reason, 'and one that was aborted before');
});

t.test('after the signal was aborted there is no further attempt', async (t) => {
  const abort = new AbortController();
  const clock = { ...hurriedClock(), wait: async () => abort.abort(new Error('the user left')) };
  const attempt = failing(refusal(), new Error('it was sent again'));
  await t.rejects(repeat(attempt, { ...LIMITS, signal: abort.signal }, clock), { message: 'the user left' });
});
