/** The server with TLS: addresses, probes, renewal while it serves, and how it refuses to start. */
import { execFile, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { CHANGES, Mint, NO_OPENSSL, type Pair } from '../support/certificates.ts';
import { until, Wire } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startProcess, startServer } from '../support/start-server.ts';
import { affine } from '../support/tiny-models.ts';
import { ortolan } from '../cli/ortolan.ts';

const NO_CURL = spawnSync('curl', ['--version']).status !== 0 && 'curl is not installed';

function copyOf(mint: Mint, pair: Pair): { tlsCertFile: string; tlsKeyFile: string } {
  const folder = mint.path('served');
  mkdirSync(folder);
  const copy = { tlsCertFile: join(folder, 'tls.crt'), tlsKeyFile: join(folder, 'tls.key') };
  copyFileSync(pair.certFile, copy.tlsCertFile);
  copyFileSync(pair.keyFile, copy.tlsKeyFile);
  return copy;
}

async function ask(port: number, path: string, body?: string): Promise<{ name: string; text: string }> {
  const wire = await Wire.openTls(port);
  const name = String(wire.tls.getPeerCertificate().subject.CN);
  await wire.send(body === undefined ? { path } : { method: 'POST', path, body });
  const response = await wire.response();
  wire.leave();
  return { name, text: `${response?.status} ${String(response?.body)}` };
}

if (NO_OPENSSL) t.pass('', { skip: NO_OPENSSL });
else {
  t.test('serves, renews, says so, and is probed', async (t) => {
    const mint = new Mint(t);
    const options = copyOf(mint, mint.make({ name: 'a' }));
    const models = modelRepository(t, { affine: affine() });
    const { port, server, log } = await startServer(t, { models, options });
    t.equal(server.url, `https://127.0.0.1:${port}`);
    t.ok(log.some(({ message, subject }) => message === 'certificate served' && subject === 'CN=a'));
    const health = ['health', '--ready', '--port', String(port)];
    t.strictSame(await ortolan(health, { ORTOLAN_TLS_CERT_FILE: options.tlsCertFile }), {
      code: 0,
      out: `https://127.0.0.1:${port} is ready.\n`,
      err: '',
    });
    t.match(await ortolan(health), { code: 1 }, 'without TLS there is no answer');
    t.match(
      await ortolan(['health', '--url', `https://127.0.0.1:${port}`]),
      { code: 1, err: /CERT.*: name the server by --url https:.*NODE_EXTRA_CA_CERTS/ },
      'a server that is named is to be the one that its certificate says',
    );

    CHANGES['renamed over']!(
      { certFile: options.tlsCertFile, keyFile: options.tlsKeyFile },
      mint.make({ name: 'b', days: 3 }),
    );
    await until(() => log.some(({ message }) => String(message).startsWith('certificate renewed')));
    t.match(await ask(port, '/health'), { name: 'b', text: /^200 / });
    const metrics = (await ask(port, '/metrics')).text;
    const [, seconds] =
      /^ortolan_tls_certificate_expiry_timestamp_seconds\{certificate="server"\} (\S+)$/m.exec(metrics)!;
    t.ok(Math.abs(Number(seconds) - Date.now() / 1000 - 3 * 86_400) < 600);
    t.match(metrics, /^ortolan_tls_certificate_refused\{certificate="server"\} 0$/m);
  });

  t.test('does not start with what cannot be served, and says why in a sentence', async (t) => {
    const mint = new Mint(t);
    const { certFile, keyFile } = mint.make();
    const other = mint.make();
    const models = modelRepository(t, { affine: affine() });
    const wrong = [
      [{ tlsCertFile: certFile }, /TLS needs both/],
      [{ tlsKeyFile: keyFile }, /TLS needs both/],
      [{ tlsClientCaFile: certFile }, /which needs TLS/],
      [{ tlsCertFile: certFile, tlsKeyFile: other.keyFile }, /is not that of the certificate/],
      [{ tlsCertFile: certFile, tlsKeyFile: mint.path('nope') }, /nope does not exist/],
    ] as const;
    for (const [options, said] of wrong) {
      const running = startProcess(t, { models, options });
      t.equal((await running.ended).code, 2);
      t.match(running.stderr(), said);
      t.notMatch(running.stderr(), /\n\s+at /, 'no stack');
    }
  });

  t.test('drains connections of certificates old and new', async (t) => {
    const mint = new Mint(t);
    const options = copyOf(mint, mint.make({ name: 'a' }));
    const models = modelRepository(t, { affine: affine() });
    const { port, server, log } = await startServer(t, { models, options });
    const old = await Wire.openTls(port);
    CHANGES['renamed over']!(
      { certFile: options.tlsCertFile, keyFile: options.tlsKeyFile },
      mint.make({ name: 'b' }),
    );
    await until(() => log.some(({ message }) => String(message).startsWith('certificate renewed')));
    const next = await Wire.openTls(port);
    const stopped = server.stop('test');
    for (const wire of [old, next]) {
      await wire.send({ path: '/health/live' });
      t.match(await wire.response(), { status: 200 });
      await wire.closed;
    }
    t.equal(await stopped, true);
  });

  t.test('nothing but the log is on stdout', async (t) => {
    const mint = new Mint(t);
    const options = copyOf(mint, mint.make({ name: 'a' }));
    const running = startProcess(t, { models: modelRepository(t, { affine: affine() }), options });
    await running.line('ready');
    const url = String((await running.line('listening'))['url']);
    t.match(url, /^https:/);
    const wire = await Wire.openTls(Number(new URL(url).port), { servername: 'some.test' });
    wire.leave();
    running.child.kill('SIGTERM');
    t.equal((await running.ended).code, 0);
    t.equal(running.stderr(), '');
    t.notMatch(JSON.stringify(running.log), readFileSync(options.tlsKeyFile, 'utf8').slice(40, 80));
  });

  t.test('curl is served by name, with a client certificate', { skip: NO_CURL }, async (t) => {
    const mint = new Mint(t);
    const authority = mint.make({ name: 'root', authority: true });
    const own = mint.make({ name: 'server', names: ['DNS:models.test'], signedBy: authority });
    const client = mint.make({ name: 'shop', signedBy: authority });
    const { port } = await startServer(t, {
      models: modelRepository(t, { affine: affine() }),
      options: {
        tlsCertFile: own.certFile,
        tlsKeyFile: own.keyFile,
        tlsClientCaFile: authority.certFile,
      },
    });
    const curl = (path: string, args: readonly string[]): Promise<string> =>
      new Promise((resolve) => {
        const there = ['--resolve', `models.test:${port}:127.0.0.1`, `https://models.test:${port}${path}`];
        const words = ['-s', '-o', '/dev/null', '-w', '%{http_code}', '--cacert', authority.certFile];
        execFile('curl', [...words, ...args, ...there], (_, out) => resolve(out));
      });
    const shown = ['--cert', client.certFile, '--key', client.keyFile];
    t.equal(await curl('/v1/models', shown), '200');
    t.equal(await curl('/health/ready', []), '200', 'probes need none');
    t.equal(await curl('/v1/models', []), '401');
    t.equal(await curl('/metrics', []), '401');
    t.equal(
      await curl('/v1/models', [...shown, '-H', 'x-api-key: guess']),
      '401',
      'what else is shown counts',
    );
    t.equal(await curl('/v1/models/affine/traffic', [...shown, '-X', 'PUT', '-d', '{}']), '404', 'it is off');
    t.equal(await curl('/v1/models', [...shown, '--tls-max', '1.1']), '000');
  });
}
