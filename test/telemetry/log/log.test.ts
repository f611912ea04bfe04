import { spawnSync } from 'node:child_process';
import t from 'tap';
import { createLog, LOG_LEVELS, type LogLevel } from '../../../src/telemetry/log/log.ts';

type Line = Readonly<Record<string, unknown>>;

function logAt(level: LogLevel) {
  const lines: Line[] = [];
  return { lines, log: createLog({ level, write: (line) => lines.push(JSON.parse(line) as Line) }) };
}

t.test('a line has a timestamp, a level, a message and the fields of its event only', async (t) => {
  const { lines, log } = logAt('INFO');
  log.info({ request_id: 'r1', inference_time_ms: 8.4 }, 'request answered');
  const [line] = lines;
  t.same(Object.keys(line!).toSorted(), ['inference_time_ms', 'level', 'message', 'request_id', 'timestamp']);
  t.match(line, { level: 'INFO', message: 'request answered', request_id: 'r1', inference_time_ms: 8.4 });
  t.match(line!['timestamp'], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

t.test('levels have the required names', async (t) => {
  const { lines, log } = logAt('DEBUG');
  for (const level of ['debug', 'info', 'warn', 'error', 'fatal'] as const) log[level]('x');
  t.same(
    lines.map(({ level }) => level),
    ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'],
  );
});

for (const [index, level] of LOG_LEVELS.entries()) {
  t.test(`at ${level} less severe lines are omitted`, async (t) => {
    const { lines, log } = logAt(level);
    for (const one of ['debug', 'info', 'warn', 'error', 'fatal'] as const) log[one]('x');
    t.equal(lines.length, LOG_LEVELS.length - index);
  });
}

t.test('an error is written with its message and stack', async (t) => {
  const { lines, log } = logAt('INFO');
  log.error({ error: new TypeError('x is not y') }, 'request failed');
  t.match(lines[0], {
    message: 'request failed',
    error: { type: 'TypeError', message: 'x is not y', stack: /at / },
  });
});

t.test('a line is on stdout when the call returns, so a killed process loses none', async (t) => {
  const log = JSON.stringify(new URL('../../../src/telemetry/log/log.ts', import.meta.url).href);
  const program = `
    const { createLog } = await import(${log});
    createLog({ level: 'INFO' }).info('the last words');
    process.kill(process.pid, 'SIGKILL');
    while (true);
  `;
  const { stdout, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', program]);
  t.equal(signal, 'SIGKILL');
  t.match(JSON.parse(String(stdout)), { message: 'the last words' });
});
