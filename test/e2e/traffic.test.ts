/** The two versions of the model in the box: a split with users that stay, and copies to a shadow. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { faultOf, get, jsonOf, post, scrape, until, type WireResponse } from '../support/http-client.ts';
import { photograph } from './fixtures/photographs.ts';
import { put, routeOf, shown, startBox, startTwo, step } from './fixtures/traffic.ts';

const BOX = 'efficientnet-lite0';
const PHOTO = photograph('cat.jpg');

const classify = (port: number, user?: string): Promise<WireResponse> =>
  post(port, '/v1/predict', PHOTO, user === undefined ? {} : { 'x-user-id': user });

t.test('every answer says which version gave it and why', async (t) => {
  const { port, log } = await startBox(t);
  const predicted = (path: string): Promise<WireResponse> => post(port, `/v1/models/${BOX}${path}`, PHOTO);
  t.strictSame(routeOf(await predicted('/predict')), ['1', 'default']);
  t.strictSame(routeOf(await predicted('/versions/2/predict')), ['2', 'pinned']);
  const labelled = await predicted('/versions/int8/predict');
  t.strictSame(routeOf(labelled), ['2', 'label']);
  t.match(jsonOf(labelled), { model: { version: '2', route: 'label' } });
  t.ok(log.some((line) => line['model_route'] === 'label' && line['version'] === '2'));
  const bad = await post(port, `/v1/models/${BOX}/versions/int8/predict`, 'no image');
  t.strictSame([bad.status, ...routeOf(bad)], [400, '2', 'label']);
});

t.test('users of a split stay with their version, and more of them move when its weight grows', async (t) => {
  const { port } = await startBox(t);
  const users = Array.from({ length: 24 }, (_, user) => `user-${user}`);
  const versionsOf = async (): Promise<(string | undefined)[]> => {
    const versions = [];
    for (const user of users) versions.push(routeOf(await classify(port, user))[0]);
    return versions;
  };
  await put(port, BOX, { split: { '1': 60, int8: 40 }, sticky: 'header:x-user-id' });
  const before = await versionsOf();
  t.strictSame(new Set(before), new Set(['1', '2']));
  t.strictSame(await versionsOf(), before);
  await put(port, BOX, { split: { '1': 30, int8: 70 }, sticky: 'header:x-user-id' });
  const after = await versionsOf();
  t.ok(
    after.every((version, user) => version === '2' || before[user] === '1'),
    'nobody moves back',
  );
  t.match(await shown(port, BOX), {
    split: [
      { version: '1', share: 0.3 },
      { version: '2', share: 0.7 },
    ],
  });
});

t.test('copies of answered requests are compared with the shadow, and no client sees them', async (t) => {
  const { port, log } = await startBox(t);
  await put(port, BOX, { shadow: 'int8' });
  const names = ['cat.jpg', 'coffee.jpg', 'rocket.jpg'];
  for (const name of names) {
    const answer = await post(port, '/v1/predict', photograph(name));
    t.strictSame(routeOf(answer), ['1', 'default']);
    // Each waits until the worker is idle; the next request does not wait for it.
    await until(async () => (await shown(port, BOX)).comparison[0]?.n === names.indexOf(name) + 1);
  }
  t.match((await shown(port, BOX)).comparison, [{ live: '1', shadow: '2', n: 3, agreed: 3, errors: 0 }]);
  const metrics = await scrape(port);
  t.equal(metrics('ortolan_shadow_copies_total', { version: '2', result: 'agree' }), 3);
  t.equal(metrics('predictions_total', { version: '2' }), 0, 'a copy is no prediction');
  t.ok(log.some((line) => line['model_route'] === 'shadow-of 1'));
});

t.test('the default answers for a version of the split that cannot be used, and says so', async (t) => {
  const { port } = await startTwo(t, { split: { '1': 0, next: 1 } }, { second: 'no model' });
  t.strictSame(routeOf(await post(port, '/v1/predict', row())), ['1', 'fallback']);
  t.equal((await scrape(port))('ortolan_traffic_requests_total', { route: 'fallback' }), 1);
  t.match(await shown(port, 'affine'), { split: [{ state: 'ready' }, { state: 'unavailable' }] });
});

t.test('a version with all the weight gets every request', async (t) => {
  const { port } = await startTwo(t, { split: { '1': 0, next: 1 } });
  t.strictSame(routeOf(await post(port, '/v1/predict', row())), ['2', 'split']);
  t.equal((await scrape(port))('ortolan_traffic_share_ratio', { version: '2' }), 1);
});

t.test('traffic that is written to model.json holds at once where the folder is followed', async (t) => {
  const { port, models, log } = await startTwo(t, undefined, { modelControl: 'poll', modelPollMs: 100 });
  await put(port, 'affine', { split: { '1': 1, next: 1 } });
  const file = join(models, 'affine/model.json');
  const config = JSON.parse(readFileSync(file, 'utf8')) as object;
  writeFileSync(file, JSON.stringify({ ...config, traffic: { split: { next: 1 } } }));
  await until(async () => (await shown(port, 'affine')).set_by === 'model.json');
  t.strictSame(routeOf(await post(port, '/v1/predict', row())), ['2', 'split']);
  const set = log.filter(({ message }) => String(message).startsWith('traffic set'));
  t.match(set, [{ by: 'request', message: /until the next start/ }, { by: 'model.json' }]);
});

t.test('promote, hold and roll back are one call each', async (t) => {
  const { port } = await startTwo(t, { split: { '1': 9, next: 1 } });
  t.match(await shown(port, 'affine'), { state: 'steady', set_by: 'model.json' });
  t.match(jsonOf(await step(port, 'affine', 'hold')), { state: 'held' });
  t.match(jsonOf(await step(port, 'affine', 'promote')), {
    state: 'promoted',
    settings: { split: { next: 1 } },
  });
  t.strictSame(routeOf(await post(port, '/v1/predict', row())), ['2', 'split']);
  t.match(jsonOf(await step(port, 'affine', 'rollback')), { state: 'rolled_back', set_by: 'request' });
  t.strictSame(routeOf(await post(port, '/v1/predict', row())), ['1', 'split']);
});

t.test('what cannot be set is refused at its place, and changes nothing', async (t) => {
  const { port } = await startTwo(t);
  const split = { '1': 1, int9: 1 };
  t.match(jsonOf(await put(port, 'affine', { split })), { code: 'BAD_FIELD', pointer: '/split/int9' });
  t.strictSame(faultOf(await put(port, 'affine', [])), [400, 'BAD_FIELD']);
  t.strictSame(faultOf(await put(port, 'nope', {})), [404, 'MODEL_NOT_FOUND']);
  t.strictSame(faultOf(await step(port, 'affine', 'promote')), [409, 'NO_SPLIT']);
  t.strictSame(faultOf(await step(port, 'affine', 'explode')), [404, 'ROUTE_NOT_FOUND']);
  t.strictSame((await shown(port, 'affine')).settings, {});
});

t.test('without the option nothing can be changed, and all can be seen', async (t) => {
  const { startServer } = await import('../support/start-server.ts');
  const { port } = await startServer(t);
  t.strictSame(faultOf(await put(port, BOX, {})), [404, 'ROUTE_NOT_FOUND']);
  t.strictSame(faultOf(await step(port, BOX, 'rollback')), [404, 'ROUTE_NOT_FOUND']);
  t.equal((await get(port, `/v1/models/${BOX}/traffic`)).status, 200);
});

const row = (): Buffer => Buffer.from(new Float32Array(4).buffer);
