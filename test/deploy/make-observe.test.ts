/** `make observe`: it starts all parts, and leaves no process or file behind. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { onPath } from '../../tools/process/on-path.ts';
import { until } from '../support/http-client.ts';

// Real tools on a machine that may be busy.
t.setTimeout(0);

const COMMAND = 'prometheus/observe.ts';
const skip =
  onPath('prometheus') === undefined
    ? 'prometheus is not on this machine: `make observe` was NOT run'
    : false;

t.test('a server, a Prometheus that scrapes it, and load, until Ctrl-C', { skip }, async (t) => {
  const child = spawn(process.execPath, [COMMAND, '--port', '0', '--load', '5'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  t.teardown(async () => {
    if (child.exitCode === null) child.kill('SIGTERM');
    await ended;
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (said += text.toString()));
  await Promise.race([until(() => said.includes('Ctrl-C')), ended]);
  const addressOf = (name: string): string =>
    new RegExp(`^${name} +(http://[^/\\s]+)`, 'm').exec(said)?.[1] ?? said;
  const [server, prometheus] = ['Ortolan', 'Prometheus'].map(addressOf);

  const query = 'sum(http_requests_total{job="ortolan", route="/v1/predict", code="200"}) > 0';
  await until(async () => {
    const answer = await fetch(`${prometheus}/api/v1/query?query=${encodeURIComponent(query)}`);
    return (await answer.text()).includes('"value"');
  });
  const page = await (await fetch(`${prometheus}/user/`)).text();
  t.match(page, 'Ortolan: overview');
  t.match(page, 'href="/graph?g0.expr=');
  t.notMatch(page, /%24/, 'no variable is left in a query');
  const manual = await fetch(`${prometheus}/user/operations.txt`);
  t.match(await manual.text(), '### OrtolanDown', 'where the alerts link to');

  child.kill('SIGINT');
  t.strictSame(await ended, [0, null]);
  for (const address of [server, prometheus]) await t.rejects(fetch(address!), address!);
});

const run = (args: readonly string[], env: NodeJS.ProcessEnv = process.env) =>
  spawnSync(process.execPath, [COMMAND, ...args], { encoding: 'utf8', env });

t.test('it reports what is missing', async (t) => {
  const { status, stderr } = run([], { ...process.env, PATH: '' });
  t.equal(status, 2);
  t.match(stderr, /no `prometheus` on the PATH/);
});

t.test('--help prints how it is used', async (t) => {
  const { status, stdout, stderr } = run(['--help']);
  t.strictSame([status, stderr], [0, '']);
  t.match(stdout, /^Usage: node prometheus\/observe.ts/);
});

t.test('a wrong option is named in a sentence', async (t) => {
  for (const [args, name] of [
    [['--loud'], '--loud'],
    [['--load', 'x'], '--load'],
  ] as const) {
    const { status, stderr } = run(args);
    t.equal(status, 2);
    t.match(stderr, new RegExp(`^error: .*${name}`));
    t.notMatch(stderr, /^ +at /m, 'no stack');
  }
});

t.test('an unreachable server is an error', { skip }, async (t) => {
  const { status, stderr } = run(['--url', 'http://127.0.0.1:9', '--port', '0']);
  t.equal(status, 2);
  t.match(stderr, 'Nothing answers at http://127.0.0.1:9.');
});
