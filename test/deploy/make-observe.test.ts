/** `make observe`: it comes up with everything, and leaves nothing behind. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { onPath } from '../../tools/process/on-path.ts';
import { until } from '../support/http-client.ts';

// Real tools on a machine that may have other things to do.
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
  const [server, prometheus, panels] = ['Ortolan', 'Prometheus', 'Panels'].map(addressOf);

  const query = 'sum(http_requests_total{job="ortolan", route="/v1/predict", code="200"}) > 0';
  await until(async () => {
    const answer = await fetch(`${prometheus}/api/v1/query?query=${encodeURIComponent(query)}`);
    return (await answer.text()).includes('"value"');
  });
  const page = await (await fetch(panels!)).text();
  t.match(page, 'Ortolan: overview');
  t.match(page, `${prometheus}/graph?g0.expr=`);
  t.notMatch(page, /%24/, 'no variable is left in a query');

  child.kill('SIGINT');
  t.strictSame(await ended, [0, null]);
  for (const address of [server, prometheus, panels]) await t.rejects(fetch(address!), address!);
});

t.test('it says what is missing', async (t) => {
  const run = (args: readonly string[], env: NodeJS.ProcessEnv = process.env) =>
    spawnSync(process.execPath, [COMMAND, ...args], { encoding: 'utf8', env });
  const without = run([], { ...process.env, PATH: '' });
  t.equal(without.status, 2);
  t.match(without.stderr, /no `prometheus` on the PATH/);
});

t.test('a server that is not there is no server to observe', { skip }, async (t) => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [COMMAND, '--url', 'http://127.0.0.1:9', '--port', '0'],
    {
      encoding: 'utf8',
    },
  );
  t.equal(status, 2);
  t.match(stderr, 'Nothing answers at http://127.0.0.1:9.');
});
