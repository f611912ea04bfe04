import t from 'tap';
import { Permits } from '../../src/outbound/permits.ts';
import { NEVER } from './fixtures/origin.ts';

/** Runs all pending microtasks. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

t.test('all free permits are given at once', async (t) => {
  const permits = new Permits(2);
  const given: number[] = [];
  for (const id of [1, 2, 3]) void permits.take(NEVER).then(() => given.push(id));
  await settled();
  t.strictSame(given, [1, 2]);
});

t.test('waiters get permits in order of arrival', async (t) => {
  const permits = new Permits(1);
  const given: number[] = [];
  let giveBack = await permits.take(NEVER);
  const waiting = [1, 2, 3].map((id) =>
    permits.take(NEVER).then((release) => {
      given.push(id);
      giveBack = release;
    }),
  );
  for (const turn of waiting) {
    giveBack();
    await turn;
  }
  t.strictSame(given, [1, 2, 3]);
});

t.test('a new request does not overtake the first waiter', async (t) => {
  const permits = new Permits(1);
  const given: string[] = [];
  const giveBack = await permits.take(NEVER);
  void permits.take(NEVER).then(() => given.push('first'));
  giveBack();
  void permits.take(NEVER).then(() => given.push('second'));
  await settled();
  t.strictSame(given, ['first']);
});

t.test('an aborted waiter is rejected with the reason, and no permit is lost', async (t) => {
  const permits = new Permits(1);
  const giveBack = await permits.take(NEVER);
  const gone = new AbortController();
  const leaving = permits.take(gone.signal);
  const staying = permits.take(NEVER);
  const reason = new Error('gone');
  gone.abort(reason);
  await t.rejects(leaving, reason);
  giveBack();
  (await staying)();
  await t.resolves(permits.take(NEVER));
});

t.test('a signal that has aborted takes no permit', async (t) => {
  const permits = new Permits(1);
  await t.rejects(permits.take(AbortSignal.abort(new Error('gone'))), { message: 'gone' });
  await t.resolves(permits.take(NEVER));
});

t.test('an abort after the permit was given changes nothing', async (t) => {
  const permits = new Permits(1);
  const gone = new AbortController();
  const giveBack = await permits.take(NEVER);
  const turn = permits.take(gone.signal);
  giveBack();
  gone.abort();
  (await turn)();
  await t.resolves(permits.take(NEVER));
});
