import t from 'tap';
import {
  Live,
  Ready,
  serverLiveRoute,
  ServerMetadata,
  serverReadyRoute,
  serverRoute,
} from '../../../src/protocol/oip/server.ts';
import { VERSION } from '../../../src/version.ts';
import { fits } from '../conformance.ts';
import { answered, partsOf, versionOf } from './fixtures.ts';

/** Every model has been loaded, or cannot be. */
function settled(facts: Parameters<typeof partsOf>[0] = {}) {
  const { parts, catalogue } = partsOf(facts);
  catalogue.model('late')!.versions[0]!.unavailable('No.');
  return parts;
}

t.test('the server names itself, its version and the extensions that it has', async (t) => {
  const { status, body } = answered(serverRoute.handle, partsOf().parts);
  t.equal(status, '200 OK');
  fits(t, ServerMetadata, JSON.stringify(body));
  t.match(body, { name: 'ortolan', version: VERSION });
  t.match(body['extensions'], [
    'binary_tensor_data',
    'classification',
    'model_configuration',
    'model_repository',
  ]);
});

t.test('liveness is 200 and true until a worker is wedged', async (t) => {
  const good = answered(serverLiveRoute.handle, partsOf({ state: 'draining' }).parts);
  t.strictSame(good, { status: '200 OK', body: { live: true } });
  const bad = answered(serverLiveRoute.handle, partsOf({ wedged: true }).parts);
  t.strictSame(bad, { status: '503 Service Unavailable', body: { live: false } });
  fits(t, Live, JSON.stringify(bad.body));
});

t.test(
  'readiness is 503 while a model is loaded for the first time, and not for one that cannot be',
  async (t) => {
    const { parts, catalogue } = partsOf();
    const [late] = catalogue.model('late')!.versions;
    late!.loading();
    t.equal(answered(serverReadyRoute.handle, parts).status, '503 Service Unavailable');
    late!.unavailable('The file is not a model.');
    t.equal(answered(serverReadyRoute.handle, parts).status, '200 OK');
    catalogue.add(versionOf('iris', '3'), '1');
    t.equal(answered(serverReadyRoute.handle, parts).status, '200 OK', 'another version serves meanwhile');
  },
);

t.test('readiness is 503 and false while the server starts, drains or has no worker', async (t) => {
  const good = answered(serverReadyRoute.handle, settled());
  t.strictSame(good, { status: '200 OK', body: { ready: true } });
  for (const facts of [{ state: 'starting' }, { state: 'draining' }, { workersAlive: 0 }] as const) {
    const bad = answered(serverReadyRoute.handle, settled(facts));
    t.strictSame(bad, { status: '503 Service Unavailable', body: { ready: false } });
    fits(t, Ready, JSON.stringify(bad.body));
  }
});
