/** Which protocols and ciphers are spoken, asked by `openssl s_client`, with every security level of its own turned off. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t, { type Test } from 'tap';
import { loadConfig } from '../../../src/config/load.ts';
import { readCredentials } from '../../../src/http/tls/credentials.ts';
import { EC, Mint, NO_OPENSSL, openssl, RSA } from '../../support/certificates.ts';
import { listen } from '../fixtures/app.ts';

const { tlsCiphers } = loadConfig({ flags: {}, env: {}, cwd: import.meta.dirname }).config;

function listenTls(t: Test, key: readonly string[], ciphers = tlsCiphers): number {
  const pair = new Mint(t).make({ key });
  const files = { ...pair, passphrase: undefined, clientCaFile: undefined, ciphers };
  return listen(t, {}, { tls: readCredentials(files) }).port;
}

/** What was agreed on, as `TLSv1.3 TLS_AES_256_GCM_SHA384`; undefined when the server refuses. */
async function agreed(port: number, args: readonly string[]): Promise<string | undefined> {
  const client = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...args], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let text = '';
  client.stdout.on('data', (piece: Buffer) => (text += piece.toString()));
  client.stdin.end();
  await once(client, 'close');
  const [, cipher] = /^New, \S+, Cipher is (\S+)$/m.exec(text) ?? [];
  const [, protocol] = /^ *Protocol *: (\S+)$/m.exec(text) ?? /^New, (\S+),/m.exec(text) ?? [];
  return cipher === undefined || cipher === '(NONE)' ? undefined : `${protocol?.replace(',', '')} ${cipher}`;
}

const ALL = 'ALL:COMPLEMENTOFALL:@SECLEVEL=0';

/** Names of all ciphers below TLS 1.3 that this openssl knows. */
const below13 = (): string[] =>
  openssl(['ciphers', '-s', '-tls1_2', ALL])
    .trim()
    .split(':')
    .filter((name) => !name.startsWith('TLS_'));

if (NO_OPENSSL) t.pass('', { skip: NO_OPENSSL });
else {
  t.test('TLS 1.2 and 1.3 are spoken, older ones are not', async (t) => {
    const port = listenTls(t, EC('P-256'));
    for (const [version, spoken] of [
      ['-tls1', false],
      ['-tls1_1', false],
      ['-tls1_2', true],
      ['-tls1_3', true],
    ] as const) {
      const got = await agreed(port, [version, '-cipher', ALL]);
      t.equal(got !== undefined, spoken, `${version}: ${got}`);
    }
  });

  for (const [kind, key, names] of [
    ['EC', EC('P-256'), /^ECDHE-ECDSA-(AES128-GCM-SHA256|AES256-GCM-SHA384|CHACHA20-POLY1305)$/],
    ['RSA', RSA(2048), /^ECDHE-RSA-(AES128-GCM-SHA256|AES256-GCM-SHA384|CHACHA20-POLY1305)$/],
  ] as const) {
    t.test(`of all ciphers of TLS 1.2, three for a certificate with ${kind}`, async (t) => {
      const port = listenTls(t, key);
      const spoken: string[] = [];
      const asked = below13();
      t.ok(asked.length > 30, `${asked.length} are asked for`);
      for (const name of asked) {
        if (await agreed(port, ['-tls1_2', '-cipher', `${name}:@SECLEVEL=0`])) spoken.push(name);
      }
      t.equal(spoken.length, 3, spoken.join(' '));
      for (const name of spoken) t.match(name, names);
    });
  }

  t.test('another list is what it says', async (t) => {
    const port = listenTls(t, EC('P-256'), 'ECDHE-ECDSA-CHACHA20-POLY1305');
    const ask = (name: string) => agreed(port, ['-tls1_2', '-cipher', name]);
    t.match(await ask('ECDHE-ECDSA-CHACHA20-POLY1305'), /CHACHA20/);
    t.equal(await ask('ECDHE-ECDSA-AES128-GCM-SHA256'), undefined);
  });

  t.test('no compression, no renegotiation, no HTTP/2', async (t) => {
    const port = listenTls(t, EC('P-256'));
    const client = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-alpn', 'h2', '-tls1_2'], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let text = '';
    client.stdout.on('data', (piece: Buffer) => (text += piece.toString()));
    client.stderr.on('data', (piece: Buffer) => (text += piece.toString()));
    client.stdin.write('R\n');
    await once(client, 'close');
    t.match(text, /Compression: NONE/);
    t.match(text, /No ALPN negotiated/);
    t.match(text, /RENEGOTIATING[^]*(no renegotiation|error|alert)/i);
  });
}
