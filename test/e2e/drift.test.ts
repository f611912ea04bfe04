/** Drift from end to end: a baseline of live traffic, then other traffic, seen in the answer, the metrics and the log. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { seeded } from '../../src/quality/drift/null/random.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer } from '../support/start-server.ts';
import { samplesOf } from '../support/telemetry.ts';
import { affine } from '../support/tiny-models.ts';

interface ShownVersion {
  readonly state: string;
  readonly reason?: string;
  readonly alarm?: boolean;
  readonly window?: { readonly whole: number; readonly alarms: number };
  readonly features: readonly {
    readonly feature: string;
    readonly statistics: readonly { readonly alarm: boolean }[];
  }[];
}

async function setup(t: Test, driftRoutes: 'off' | 'loopback' = 'loopback') {
  const models = modelRepository(t, { m: affine() });
  const { port, log } = await startServer(t, { models, options: { driftRoutes } });
  const at = `http://127.0.0.1:${port}`;
  const random = seeded(1);
  const send = async (rows: number, shift: number): Promise<void> => {
    // A request at a time looks at eight rows of it at most.
    for (let sent = 0; sent < rows; sent += 8) {
      const row = () => [random() + shift, random(), random(), random()];
      const x = Array.from({ length: 8 }, row);
      const body = JSON.stringify({ inputs: { x } });
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${at}/v1/models/m/predict`, { method: 'POST', headers, body });
      if (answer.status !== 200) throw new Error(await answer.text());
      await answer.text();
    }
  };
  const show = async (): Promise<ShownVersion> => {
    const answer = await fetch(`${at}/v1/models/m/drift`);
    return ((await answer.json()) as { versions: ShownVersion[] }).versions[0]!;
  };
  const baseline = (body: object, origin?: string): Promise<Response> =>
    fetch(`${at}/v1/models/m/drift/baseline`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(origin !== undefined && { origin }) },
      body: JSON.stringify(body),
    });
  return { models, log, send, show, baseline, at };
}

t.test('traffic becomes the reference, other traffic alarms, and both are in the metrics', async (t) => {
  const { models, log, send, show, baseline, at } = await setup(t);
  t.equal((await show()).state, 'off');
  t.equal((await baseline({ rows: 400, window: 80 })).status, 200);
  await send(400, 0);
  const file = join(models, 'm/1/drift.json');
  while ((await show()).state !== 'watching') await new Promise((resolve) => setTimeout(resolve, 20));
  t.ok(existsSync(file));
  await send(160, 0);
  const before = await show();
  t.strictSame(before.window, { ...before.window, whole: 2, alarms: 0 });
  await send(80, 0.8);
  const after = await show();
  t.equal(after.alarm, true);
  const drifted = after.features.filter(({ statistics }) => statistics.some(({ alarm }) => alarm));
  t.strictSame(
    drifted.map(({ feature }) => feature),
    ['x[0]', 'y[0]'],
  );
  const samples = samplesOf(await (await fetch(`${at}/metrics`)).text());
  const value = (name: string, labels = ''): number | undefined =>
    samples.get(`ortolan_drift_${name}{model="m",version="1"${labels}}`);
  t.equal(value('alarm', ',feature="x[0]"'), 1);
  t.equal(value('rows_total', ',feature="x[0]",up_to="+Inf"'), 240);
  t.equal(value('reference_ratio', ',feature="x[0]",up_to="+Inf"'), 1);
  t.ok(value('statistic', ',feature="x[0]"')! > value('threshold', ',feature="x[0]"')!);
  t.ok(log.some(({ message, feature }) => message === 'drift' && feature === 'x[0]'));
  t.match(readFileSync(file, 'utf8'), /"from": "traffic"/);
});

t.test('what is asked for has to make sense', async (t) => {
  const { baseline, at } = await setup(t);
  for (const [body, code, status] of [
    [{ rows: 199 }, 'BAD_FIELD', 400],
    [{ rows: '400' }, 'BAD_FIELD', 400],
    [{ colour: 1 }, 'BAD_FIELD', 400],
    [[], 'BAD_FIELD', 400],
    [{ version: '7' }, 'MODEL_NOT_FOUND', 404],
  ] as const) {
    const answer = await baseline(body);
    t.equal(answer.status, status, JSON.stringify(body));
    t.match(await answer.json(), { code });
  }
  t.equal((await baseline({}, 'https://example.com')).status, 404, 'no page of a browser');
  t.equal((await fetch(`${at}/v1/models/other/drift`)).status, 404);
});

t.test('without the option nobody has a reference made', async (t) => {
  const { baseline } = await setup(t, 'off');
  t.match(await (await baseline({})).json(), { code: 'ROUTE_NOT_FOUND' });
});
