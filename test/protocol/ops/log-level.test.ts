import t from 'tap';
import { Levels, setLogLevel } from '../../../src/protocol/ops/log-level.ts';
import { createLog } from '../../../src/telemetry/log/log.ts';
import { Verbosity } from '../../../src/telemetry/log/verbosity.ts';
import { exchangeOf } from '../../http/fixtures/exchange.ts';
import { fits } from '../conformance.ts';

function put(query: string) {
  const verbosity = new Verbosity(createLog({ level: 'INFO', write: () => undefined }));
  const { exchange, response } = exchangeOf([], {}, 'PUT', { query });
  return { verbosity, response, set: () => setLogLevel(exchange, verbosity) };
}

t.test('the level changes, and the response has the previous one', async (t) => {
  const { verbosity, response, set } = put('level=DEBUG');
  set();
  t.equal(verbosity.level, 'DEBUG');
  t.strictSame(JSON.parse(response.body!), { level: 'DEBUG', before: 'INFO' });
  fits(t, Levels, response.body!);
});

for (const query of [
  '',
  'level=',
  'level=debug',
  'level=LOUD',
  'lvl=DEBUG',
  'level=DEBUG&level=INFO',
  'level=DEBUG&x=1',
]) {
  t.test(`?${query} is refused, with the valid levels`, async (t) => {
    const { verbosity, set } = put(query);
    t.throws(set, { code: 'BAD_QUERY', message: 'level is one of DEBUG, INFO, WARNING, ERROR, CRITICAL.' });
    t.equal(verbosity.level, 'INFO');
  });
}
