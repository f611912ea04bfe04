/** The application over TLS: real handshakes, and certificates that change under connections that are open. */
import { readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { readCredentials, type CredentialFiles } from '../../../src/http/tls/credentials.ts';
import type { AppSettings } from '../../../src/http/app.ts';
import { Mint, NO_OPENSSL, type Pair } from '../../support/certificates.ts';
import { Wire } from '../../support/http-client.ts';
import { echo, listen, make, predictWith } from '../fixtures/app.ts';

const MiB = 1024 * 1024;
const CIPHERS = 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256';

const credentialsOf = (pair: Pair, changed: Partial<CredentialFiles> = {}) =>
  readCredentials({ ...pair, passphrase: undefined, clientCaFile: undefined, ciphers: CIPHERS, ...changed });

const listenTls = (t: Test, pair: Pair, settings: Partial<AppSettings> = {}) =>
  listen(t, { predict: echo }, { tls: credentialsOf(pair), ...settings });

/** The name in the certificate that a new connection gets. */
async function served(port: number, options = {}): Promise<string> {
  const wire = await Wire.openTls(port, options);
  const { CN } = wire.tls.getPeerCertificate().subject;
  await wire.send({ path: '/health' });
  if ((await wire.response())?.status !== 200) throw new Error('There was no answer.');
  wire.leave();
  return String(CN);
}

async function answers(wire: Wire): Promise<number | undefined> {
  await wire.send({ path: '/health' });
  return (await wire.response())?.status;
}

if (NO_OPENSSL) t.pass('', { skip: NO_OPENSSL });
else {
  t.test('bodies and answers of all sizes cross it unchanged', async (t) => {
    const { port } = listenTls(t, new Mint(t).make());
    const wire = await Wire.openTls(port);
    for (const bytes of [1, 16 * 1024, 2 * MiB]) {
      const body = Buffer.alloc(bytes, 'body');
      await wire.send(predictWith(body));
      t.ok((await wire.response())?.body.equals(body), `${bytes} bytes`);
    }
    wire.leave();
  });

  t.test('a large answer is whole when the connection closes behind it', async (t) => {
    const { port } = listenTls(t, new Mint(t).make(), { closesConnections: () => true });
    const wire = await Wire.openTls(port);
    const body = Buffer.alloc(3 * MiB, 'body');
    await wire.send(predictWith(body));
    const answer = await wire.response();
    t.equal(answer?.headers.get('connection'), 'close');
    t.ok(answer?.body.equals(body));
    await wire.closed;
  });

  t.test('who does not speak TLS, or leaves in the middle, gets nothing and costs nothing', async (t) => {
    const { port, app } = listenTls(t, new Mint(t).make());
    const plain = await Wire.open(port);
    await plain.send({ path: '/health' });
    await plain.closed;
    t.equal(plain.unread.includes('HTTP'), false);
    const silent = await Wire.open(port);
    silent.leave();
    t.equal(await served(port), 'test');
    t.ok(app.connections <= 1);
  });

  t.test('the port is taken exclusively', async (t) => {
    const pair = new Mint(t).make();
    const { port } = listenTls(t, pair);
    for (const tls of [undefined, credentialsOf(pair)]) {
      t.throws(() => make(t, {}, { tls }).app.listen('127.0.0.1', port), /in use/);
    }
  });

  t.test('new connections get the new certificate, by name or not; those that are open go on', async (t) => {
    const mint = new Mint(t);
    const pairs = ['a', 'b'].map((name) => mint.make({ name }));
    const { port, app } = listenTls(t, pairs[0]!);
    const old = await Wire.openTls(port);
    t.equal(await answers(old), 200);
    for (const round of Array.from({ length: 20 }, (_, index) => index + 1)) {
      app.renew(credentialsOf(pairs[round % 2]!));
      const name = round % 2 === 0 ? 'a' : 'b';
      t.equal(await served(port), name, 'without a server name');
      t.equal(await served(port, { servername: 'any.test' }), name, 'with one');
      t.equal(await answers(old), 200);
    }
    old.leave();
  });

  t.test('requests do not notice', async (t) => {
    const mint = new Mint(t);
    const pairs = ['a', 'b'].map((name) => mint.make({ name }));
    const { port, app } = listenTls(t, pairs[0]!);
    let rounds = 0;
    let asked = 0;
    const seen = new Set<string>();
    const reconnecting = Array.from({ length: 8 }, async () => {
      while (rounds < 20) {
        seen.add(await served(port));
        asked++;
      }
    });
    const staying = Array.from({ length: 4 }, async () => {
      const wire = await Wire.openTls(port);
      while (rounds < 20) {
        t.equal(await answers(wire), 200);
        asked++;
      }
      wire.leave();
    });
    const renewals = async (): Promise<void> => {
      for (; rounds < 20; rounds++) {
        const before = asked;
        app.renew(credentialsOf(pairs[(rounds + 1) % 2]!));
        while (asked < before + 10) await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    await Promise.all([renewals(), ...reconnecting, ...staying]);
    t.strictSame([...seen].toSorted(), ['a', 'b']);
    t.ok(asked >= 200);
  });

  t.test('connections of all certificates are counted, and closed at the end', async (t) => {
    const mint = new Mint(t);
    const { port, app } = listenTls(t, mint.make());
    const wires: Wire[] = [];
    for (let round = 0; round < 3; round++) {
      const wire = await Wire.openTls(port);
      t.equal(await answers(wire), 200);
      wires.push(wire);
      app.renew(credentialsOf(mint.make()));
    }
    t.equal(app.connections, 3);
    await app.stopListening();
    t.equal(await answers(wires[0]!), 200, 'an open connection is served while the server drains');
    await t.rejects(Wire.openTls(port));
    app.close();
    await Promise.all(wires.map((wire) => wire.closed));
    t.equal(app.connections, 0);
  });

  t.test('what cannot be served leaves the certificate before it', async (t) => {
    const mint = new Mint(t);
    const { port, app } = listenTls(t, mint.make({ name: 'good' }));
    const next = mint.make({ name: 'next' });
    const checked = credentialsOf(next);
    // The files change between the check and the addon's own reading.
    const other = mint.make({ name: 'other' });
    t.throws(
      () => app.renew({ ...checked, files: { ...checked.files, ...other } }),
      /has changed while it was read/,
    );
    t.throws(
      () => app.renew({ ...checked, files: { ...checked.files, keyFile: other.keyFile } }),
      /cannot be served with the ciphers/,
    );
    t.equal(await served(port), 'good');
  });

  t.test('connections beyond the room are closed', async (t) => {
    const refused: number[] = [];
    const room = { left: true };
    const descriptors = { scarce: false, limit: 9, hasRoomFor: () => room.left };
    const { port } = listenTls(t, new Mint(t).make(), {
      descriptors: descriptors as unknown as AppSettings['descriptors'],
      onRefused: (connections) => refused.push(connections),
    });
    t.equal(await served(port), 'test');
    room.left = false;
    await t.rejects(Wire.openTls(port));
    room.left = true;
    t.equal(await served(port), 'test');
    t.strictSame(refused, [1]);
  });

  t.test('when authorities of clients change, connections end with their next answer', async (t) => {
    const mint = new Mint(t);
    const [one, two] = [1, 2].map((number) => mint.make({ name: `ca${number}`, authority: true }));
    const client = mint.make({ name: 'client', signedBy: one! });
    const show = { cert: readFileSync(client.certFile), key: readFileSync(client.keyFile) };
    const pair = mint.make();
    const { port, app } = listen(t, {}, { tls: credentialsOf(pair, { clientCaFile: one!.certFile }) });
    const wire = await Wire.openTls(port, show);
    t.equal(await answers(wire), 200);
    app.renew(credentialsOf(mint.make(), { clientCaFile: one!.certFile }));
    t.equal(await answers(wire), 200);
    app.renew(credentialsOf(pair, { clientCaFile: two!.certFile }));
    await wire.send({ path: '/health' });
    t.equal((await wire.response())?.headers.get('connection'), 'close');
    await wire.closed;
    // With TLS 1.3 the client hears of it after its own part of the handshake.
    await t.rejects(Wire.openTls(port, { ...show, maxVersion: 'TLSv1.2' }));
  });
}
