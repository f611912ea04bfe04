import t from 'tap';
import { Levels, setLogLevel } from '../../../src/protocol/ops/log-level.ts';
import { createLog } from '../../../src/telemetry/log/log.ts';
import { Verbosity } from '../../../src/telemetry/log/verbosity.ts';
import { exchangeOf } from '../../http/fixtures/exchange.ts';
import { fits } from '../conformance.ts';

interface Situation {
  readonly peer?: readonly number[];
  readonly origin?: string;
  readonly open?: 'off' | 'loopback';
}

function put(query: string, { peer = [127, 0, 0, 1], origin = '', open = 'loopback' }: Situation = {}) {
  const verbosity = new Verbosity(createLog({ level: 'INFO', write: () => undefined }));
  const headers = origin === '' ? [] : [['origin', origin] as const];
  const { exchange, response } = exchangeOf(headers, {}, 'PUT', { query });
  response.remoteAddress = Uint8Array.from(peer);
  return { verbosity, response, set: () => setLogLevel(exchange, open, verbosity) };
}

t.test('from this machine the level changes, and the answer says from what', async (t) => {
  const { verbosity, response, set } = put('level=DEBUG');
  set();
  t.equal(verbosity.level, 'DEBUG');
  t.strictSame(JSON.parse(response.body!), { level: 'DEBUG', before: 'INFO' });
  fits(t, Levels, response.body!);
});

for (const [who, options] of [
  ['another machine', { peer: [10, 0, 0, 7] }],
  ['a page in a browser', { origin: 'https://example.com' }],
  ['anybody where it is off', { open: 'off' }],
] as const) {
  t.test(`${who} finds nothing there, and changes nothing`, async (t) => {
    const { verbosity, set } = put('level=DEBUG', options);
    t.throws(set, { code: 'ROUTE_NOT_FOUND' });
    t.equal(verbosity.level, 'INFO');
  });
}

for (const query of [
  '',
  'level=',
  'level=debug',
  'level=LOUD',
  'lvl=DEBUG',
  'level=DEBUG&level=INFO',
  'level=DEBUG&x=1',
]) {
  t.test(`?${query} is refused, with what there is`, async (t) => {
    const { verbosity, set } = put(query);
    t.throws(set, { code: 'BAD_QUERY', message: 'level is one of DEBUG, INFO, WARNING, ERROR, CRITICAL.' });
    t.equal(verbosity.level, 'INFO');
  });
}
