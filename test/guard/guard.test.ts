import t from 'tap';
import { guard, type Caller, type GuardSettings } from '../../src/guard/guard.ts';

const caller = (fromLoopback: boolean, origin = ''): Caller => ({ fromLoopback, head: { origin } });
const OPEN: GuardSettings = { operators: 'loopback' };

t.test('a route for anyone is open to anyone', async (t) => {
  t.doesNotThrow(() => guard(caller(false, 'https://example.com'), 'anyone', { operators: 'off' }));
});

t.test('a route of operators is open to this machine, where the server is set to allow it', async (t) => {
  t.doesNotThrow(() => guard(caller(true), 'operator', OPEN));
});

for (const [who, asks, settings] of [
  ['another machine', caller(false), OPEN],
  ['a page in a browser', caller(true, 'https://example.com'), OPEN],
  ['everybody where it is off', caller(true), { operators: 'off' }],
] as const) {
  t.test(`${who} finds nothing at a route of operators`, async (t) => {
    t.throws(() => guard(asks, 'operator', settings), { code: 'ROUTE_NOT_FOUND' });
  });
}
