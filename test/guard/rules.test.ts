import t from 'tap';
import { allowNearby, type Caller, type Rules } from '../../src/guard/rules.ts';

const caller = (fromLoopback: boolean, origin = ''): Caller => ({ fromLoopback, head: { origin } });
const CLOSED: Rules = { operators: 'off', traffic: 'off', drift: 'off', models: 'off' };
const OPEN: Rules = { operators: 'loopback', traffic: 'off', drift: 'off', models: 'loopback' };

t.test('a route for anyone is open to anyone', async (t) => {
  t.doesNotThrow(() => allowNearby(caller(false, 'https://example.com'), 'anyone', CLOSED));
});

t.test('a route of operators is open to this machine, where the server is set to allow it', async (t) => {
  t.doesNotThrow(() => allowNearby(caller(true), 'operator', OPEN));
});

t.test('models are changed from this machine, where the server is set to allow it', async (t) => {
  t.doesNotThrow(() => allowNearby(caller(true), 'models', { ...CLOSED, models: 'loopback' }));
  t.throws(
    () =>
      allowNearby(caller(true), 'models', {
        operators: 'loopback',
        traffic: 'loopback',
        drift: 'off',
        models: 'off',
      }),
    {
      code: 'FORBIDDEN',
    },
  );
});

for (const [who, asks, settings] of [
  ['another machine', caller(false), OPEN],
  ['a page in a browser', caller(true, 'https://example.com'), OPEN],
  ['everybody where it is off', caller(true), CLOSED],
] as const) {
  t.test(`${who} may not change models`, async (t) => {
    t.throws(() => allowNearby(asks, 'models', settings), { code: 'FORBIDDEN', message: /^Models are / });
  });
  t.test(`${who} finds nothing at a route of operators`, async (t) => {
    t.throws(() => allowNearby(asks, 'operator', settings), { code: 'ROUTE_NOT_FOUND' });
  });
}

t.test('routes that change the traffic are opened by a setting of their own', async (t) => {
  t.throws(() => allowNearby(caller(true), 'traffic', OPEN), { code: 'ROUTE_NOT_FOUND' });
  t.doesNotThrow(() => allowNearby(caller(true), 'traffic', { ...CLOSED, traffic: 'loopback' }));
});
