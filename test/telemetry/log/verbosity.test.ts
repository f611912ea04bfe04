import t from 'tap';
import { createLog, LOG_LEVELS, type LogLevel } from '../../../src/telemetry/log/log.ts';
import { Verbosity } from '../../../src/telemetry/log/verbosity.ts';

type Line = Readonly<Record<string, unknown>>;

function logAt(level: LogLevel) {
  const lines: Line[] = [];
  const log = createLog({ level, write: (line) => lines.push(JSON.parse(line) as Line) });
  return { lines, log, verbosity: new Verbosity(log) };
}

t.test('a level applies from the next line on, and the previous one is returned', async (t) => {
  const { lines, log, verbosity } = logAt('INFO');
  t.equal(verbosity.set('ERROR', 'request'), 'INFO');
  t.equal(verbosity.level, 'ERROR');
  log.warn('not now');
  t.equal(verbosity.set('DEBUG', 'request'), 'ERROR');
  log.debug('now');
  t.strictSame(
    lines.map(({ message }) => message),
    ['log level changed', 'log level changed', 'now'],
  );
});

for (const before of LOG_LEVELS) {
  for (const after of LOG_LEVELS) {
    t.test(`the change from ${before} to ${after} is logged`, async (t) => {
      const { lines, verbosity } = logAt(before);
      verbosity.set(after, 'SIGUSR2');
      t.match(lines, [{ message: 'log level changed', by: 'SIGUSR2', before, now: after }]);
      t.equal(verbosity.level, after);
    });
  }
}

t.test('DEBUG is toggled, and the previous level restored', async (t) => {
  const { verbosity } = logAt('WARNING');
  const levels = [1, 2, 3].map(() => {
    verbosity.toggleDebug('SIGUSR2');
    return verbosity.level;
  });
  t.strictSame(levels, ['DEBUG', 'WARNING', 'DEBUG']);
  verbosity.set('ERROR', 'request');
  verbosity.toggleDebug('SIGUSR2');
  verbosity.toggleDebug('SIGUSR2');
  t.equal(verbosity.level, 'ERROR');
});

t.test('a server that was started with DEBUG changes to INFO first', async (t) => {
  const { verbosity } = logAt('DEBUG');
  verbosity.toggleDebug('SIGUSR2');
  t.equal(verbosity.level, 'INFO');
  verbosity.toggleDebug('SIGUSR2');
  t.equal(verbosity.level, 'DEBUG');
});
