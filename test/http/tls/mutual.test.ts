/** Mutual TLS: right certificates, wrong ones, and none. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import t, { type Test } from 'tap';
import { CertificateRequired, ClientCertificates } from '../../../src/guard/certificate.ts';
import { guardOf } from '../../../src/guard/guard.ts';
import { readCredentials } from '../../../src/http/tls/credentials.ts';
import { Mint, NO_OPENSSL, type Pair } from '../../support/certificates.ts';
import { faultOf, Wire, type WireResponse } from '../../support/http-client.ts';
import { listen, say } from '../fixtures/app.ts';

const show = ({ certFile, keyFile }: Pair): ConnectionOptions => ({
  cert: readFileSync(certFile),
  key: readFileSync(keyFile),
});

/** A server that asks for certificates of `authority`, and says who the caller is. */
function listenMutual(t: Test, mint: Mint, authority: Pair): number {
  const certificates = new ClientCertificates({ scopes: ['predict'], now: Date.now });
  const { port } = listen(
    t,
    { predict: (exchange) => say(JSON.stringify(exchange.identity ?? null))(exchange) },
    {
      tls: readCredentials({
        ...mint.make({ name: 'server' }),
        clientCaFile: authority.certFile,
        passphrase: undefined,
        ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256',
      }),
      guard: guardOf({
        rules: { operators: 'loopback', traffic: 'off', drift: 'off', models: 'off' },
        authentication: new CertificateRequired(certificates),
        open: new Set(),
        defaultModel: 'm',
        limits: undefined,
      }),
    },
  );
  return port;
}

async function ask(
  port: number,
  path: string,
  options: ConnectionOptions = {},
): Promise<WireResponse | undefined> {
  const wire = await Wire.openTls(port, options);
  await wire.send(path === '/v1/predict' ? { method: 'POST', path, body: 'x' } : { path });
  const response = await wire.response();
  wire.leave();
  return response;
}

if (NO_OPENSSL) t.pass('', { skip: NO_OPENSSL });
else {
  t.test('the name in the certificate is who the caller is', async (t) => {
    const mint = new Mint(t);
    const authority = mint.make({ name: 'ca', authority: true });
    const port = listenMutual(t, mint, authority);
    for (const name of ['shop', 'till']) {
      const response = await ask(port, '/v1/predict', show(mint.make({ name, signedBy: authority })));
      t.match(JSON.parse(String(response?.body)), { kind: 'certificate', id: name });
    }
  });

  t.test('its scopes bound what it may do', async (t) => {
    const mint = new Mint(t);
    const authority = mint.make({ name: 'ca', authority: true });
    const port = listenMutual(t, mint, authority);
    const client = show(mint.make({ name: 'shop', signedBy: authority }));
    t.strictSame(faultOf((await ask(port, '/v1/models', client))!), [403, 'FORBIDDEN']);
  });

  t.test('without a certificate there are probes, and nothing else', async (t) => {
    const mint = new Mint(t);
    const port = listenMutual(t, mint, mint.make({ name: 'ca', authority: true }));
    for (const path of ['/health', '/health/live', '/health/ready']) {
      t.equal((await ask(port, path))?.status, 200, path);
    }
    for (const path of ['/v1/predict', '/v1/models', '/metrics', '/', '/docs', '/debug/live']) {
      const response = await ask(port, path);
      t.strictSame(faultOf(response!), [401, 'UNAUTHENTICATED'], path);
      t.ok(response?.headers.has('www-authenticate'), path);
    }
    for (const servername of ['server', 'other.test']) {
      const response = await ask(port, '/v1/predict', { servername });
      t.equal(response?.status, 401, `by the name ${servername}`);
    }
  });

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    t.test(`${version}: a certificate that nobody known has signed gets no answer`, async (t) => {
      const mint = new Mint(t);
      const authority = mint.make({ name: 'ca', authority: true });
      const port = listenMutual(t, mint, authority);
      const impostor = mint.make({ name: 'ca', authority: true });
      const wrong = {
        'signed by another of the same name': mint.make({ name: 'shop', signedBy: impostor }),
        'signed by itself': mint.make({ name: 'shop' }),
        'that has expired': mint.make({ name: 'shop', days: -1, signedBy: authority }),
        'for servers only': mint.make({ name: 'shop', signedBy: authority, use: 'serverAuth' }),
      };
      const only = { minVersion: version, maxVersion: version };
      for (const [what, pair] of Object.entries(wrong)) {
        const answer = await ask(port, '/health', { ...show(pair), ...only }).catch(() => undefined);
        t.equal(answer, undefined, what);
      }
      const right = mint.make({ name: 'shop', signedBy: authority, use: 'clientAuth' });
      t.equal((await ask(port, '/v1/predict', { ...show(right), ...only }))?.status, 200);
    });

    t.test(`${version}: a session that is taken up again is of the same caller`, async (t) => {
      const mint = new Mint(t);
      const authority = mint.make({ name: 'ca', authority: true });
      const port = listenMutual(t, mint, authority);
      const client = show(mint.make({ name: 'shop', signedBy: authority }));
      const only = { minVersion: version, maxVersion: version };
      let session: Buffer | undefined;
      for (const again of [false, true]) {
        const wire = await Wire.openTls(port, { ...client, ...only, ...(session && { session }) });
        await wire.send({ method: 'POST', path: '/v1/predict', body: 'x' });
        t.match(JSON.parse(String((await wire.response())?.body)), { id: 'shop' });
        t.equal(wire.tls.isSessionReused(), again);
        session = wire.tls.getSession();
        wire.leave();
      }
    });
  }

  t.test('a certificate by an authority in between needs that one shown as well', async (t) => {
    const mint = new Mint(t);
    const root = mint.make({ name: 'root', authority: true });
    const middle = mint.make({ name: 'middle', authority: true, signedBy: root });
    const client = mint.make({ name: 'shop', signedBy: middle });
    const port = listenMutual(t, mint, root);
    const whole = mint.path('whole.pem');
    writeFileSync(whole, readFileSync(client.certFile, 'utf8') + readFileSync(middle.certFile, 'utf8'));
    t.equal((await ask(port, '/v1/predict', show({ ...client, certFile: whole })))?.status, 200);
    t.equal(await ask(port, '/v1/predict', show(client)).catch(() => undefined), undefined);
  });
}
