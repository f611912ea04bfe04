/** A version that fails loses its share of the traffic by itself. */
import t from 'tap';
import { DIES } from '../support/faults.ts';
import { row } from '../support/faulty-server.ts';
import { post, scrape, until, type WireResponse } from '../support/http-client.ts';
import { routeOf, shown, startTwo } from './fixtures/traffic.ts';

const GUARDED = {
  split: { '1': 50, next: 50 },
  sticky: 'header:x-user-id',
  guard: { minSamples: 3, intervalMs: 200 },
};

const ask = (port: number, user: string, value = 1): Promise<WireResponse> =>
  post(port, '/v1/predict', row(value), { 'x-user-id': user });

/** A user of that version. */
async function userOf(port: number, version: string): Promise<string> {
  for (let user = 0; ; user++) if (routeOf(await ask(port, `${user}`))[0] === version) return `${user}`;
}

t.test('the guard sends the traffic of a version that fails back to the baseline', async (t) => {
  const { port, log } = await startTwo(t, GUARDED);
  const user = await userOf(port, '2');
  for (let failed = 0; failed < 3; failed++) {
    t.strictSame(routeOf(await ask(port, user, DIES)), ['2', 'split']);
  }
  await until(async () => (await shown(port, 'affine')).state === 'rolled_back');
  t.match(await shown(port, 'affine'), {
    set_by: 'guard',
    reason: /^failed checks threshold reached 1: version 2: error rate .* > 1.00 % \(n \d+\)$/,
    split: [{ version: '1', share: 1 }],
    guard: { judged: [{ version: '2', verdict: 'fail' }] },
  });
  t.strictSame(routeOf(await ask(port, user)), ['1', 'split']);
  const warned = log.filter(({ message }) => /^(Halt|Rolled back) affine/.test(String(message)));
  t.match(warned, [
    { level: 'WARNING', version: '2', message: /^Halt affine version 2: error rate / },
    { level: 'WARNING', version: '2', message: 'Rolled back affine to version 1' },
  ]);
  t.equal((await scrape(port))('ortolan_traffic_rollbacks_total', { version: '2' }), 1);
});

t.test('errors of the clients are held against no version', async (t) => {
  const { port } = await startTwo(t, GUARDED);
  const user = await userOf(port, '2');
  for (let sent = 0; sent < 5; sent++) {
    const bad = await post(port, '/v1/predict', 'abc', { 'x-user-id': user });
    t.equal(bad.status, 400);
  }
  const { versions } = await shown(port, 'affine');
  t.match(
    versions.find(({ version }) => version === '2'),
    { errors: 0 },
  );
});
