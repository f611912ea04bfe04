/** Whatever requests come, leave, miss their time, run and fail, in any order: what holds for all of them. */
import fc from 'fast-check';
import t from 'tap';
import { Counter, type Asked } from './fixtures/counter.ts';

const first = fc.integer({ min: 0, max: 3 });
const ask = fc.record({
  kind: fc.constant('ask' as const),
  firsts: fc.array(first, { minLength: 1, maxLength: 3 }),
  /** Milliseconds that it may take; 100 is no limit. */
  within: fc.constantFrom(1, 2, 100),
  cacheControl: fc.constantFrom('', '', '', 'no-cache', 'no-store'),
});
const step = fc.oneof(
  { weight: 4, arbitrary: ask },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('leave' as const), which: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pass' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('run' as const), fails: fc.boolean() }) },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Request extends Asked {
  readonly firsts: readonly number[];
  left: boolean;
}

class Play {
  readonly counter = new Counter(1500);
  readonly requests: Request[] = [];
  readonly #batches: ReturnType<Counter['cut']>[] = [];

  do(one: Step): void {
    const { counter, requests } = this;
    if (one.kind === 'ask') {
      const at = one.within === 100 ? Infinity : counter.clock.now() + one.within;
      const due = { at, strict: true };
      const asked = counter.ask(one.firsts, { due, cacheControl: one.cacheControl });
      requests.push({ ...asked, firsts: one.firsts, left: false });
    } else if (one.kind === 'leave') {
      const request = requests[one.which];
      if (request === undefined) return;
      request.left = true;
      request.request.giveUp('abandoned');
      // Its memory is used for other requests now.
      for (const payload of request.payloads)
        if (payload.kind === 'tensors') payload.inputs[0]!.data.fill(99);
    } else if (one.kind === 'pass') {
      counter.clock.advance(1);
      counter.batcher.dropLate();
    } else if (one.kind === 'cut') {
      if (counter.batcher.queuedRows > 0) this.#batches.push(counter.cut());
    } else {
      this.#batches.shift()?.run(one.fails ? { code: 'INTERNAL' } : undefined);
    }
  }

  /** Runs all that is left. */
  async end(): Promise<void> {
    await new Promise(setImmediate);
    while (this.counter.batcher.queuedRows > 0 || this.#batches.length > 0) {
      if (this.counter.batcher.queuedRows > 0) this.#batches.push(this.counter.cut());
      for (const batch of this.#batches.splice(0)) batch.run();
      await new Promise(setImmediate);
    }
  }
}

t.test('every request is answered with its own results, and nothing is left behind', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const play = new Play();
      for (const one of steps) {
        play.do(one);
        await Promise.resolve();
      }
      await play.end();
      for (const { left, firsts, answers } of play.requests) {
        const settled = await answers();
        if (settled === undefined || settled.length !== firsts.length) throw new Error('It waits forever.');
        for (const [place, answer] of settled.entries()) {
          const own = [firsts[place], 'DEADLINE_EXCEEDED', 'INTERNAL', ...(left ? ['dropped'] : [])];
          if (!own.includes(answer as never)) throw new Error(`${String(answer)} for ${firsts[place]}`);
        }
      }
      const { flights, store } = play.counter.shared;
      if (flights.size > 0) throw new Error('A flight has not ended.');
      if (store.bytes > 1500) throw new Error('The store is too large.');
    }),
    { numRuns: 400 },
  );
  t.pass();
});
