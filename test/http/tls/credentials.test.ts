/** What is refused before it is served, with sentences that say what to do. */
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { CredentialError, readCredentials, type CredentialFiles } from '../../../src/http/tls/credentials.ts';
import { EC, Mint, NO_OPENSSL, openssl, RSA, type Pair } from '../../support/certificates.ts';

const CIPHERS = 'ECDHE-ECDSA-AES128-GCM-SHA256';

const filesOf = (pair: Pair, changed: Partial<CredentialFiles> = {}): CredentialFiles => ({
  ...pair,
  passphrase: undefined,
  clientCaFile: undefined,
  ciphers: CIPHERS,
  ...changed,
});

function refusalOf(files: CredentialFiles): string {
  try {
    readCredentials(files);
  } catch (error) {
    if (error instanceof CredentialError) return error.message;
    throw error;
  }
  return 'it was not refused';
}

if (NO_OPENSSL) t.pass('', { skip: NO_OPENSSL });
else {
  t.test('what is known of a certificate', async (t) => {
    const mint = new Mint(t);
    const authority = mint.make({ name: 'root', authority: true, days: 10 });
    const leaf = mint.make({ name: 'shop', days: 20, signedBy: authority });
    const chain = mint.path('chain.pem');
    writeFileSync(
      chain,
      `text before\n${readFileSync(leaf.certFile, 'utf8')}\n${readFileSync(authority.certFile, 'utf8')}`,
    );
    const { facts } = readCredentials(
      filesOf({ certFile: chain, keyFile: leaf.keyFile }, { clientCaFile: authority.certFile }),
    );
    t.equal(facts.subject, 'CN=shop');
    t.match(facts.fingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    t.ok(Math.abs(facts.expiresAt - (Date.now() + 10 * 86_400_000)) < 60_000, 'the first of the chain ends');
    t.equal(facts.clientCaExpiresAt, facts.expiresAt);
  });

  t.test('one file may hold both, and a key in PKCS#8 or of its own kind', async (t) => {
    const mint = new Mint(t);
    const pair = mint.make();
    const both = mint.path('both.pem');
    writeFileSync(both, readFileSync(pair.keyFile, 'utf8') + readFileSync(pair.certFile, 'utf8'), {
      mode: 0o600,
    });
    t.ok(readCredentials(filesOf({ certFile: both, keyFile: both })));
    const own = mint.path('own.key');
    openssl(['ec', '-in', pair.keyFile, '-out', own]);
    t.ok(readCredentials(filesOf({ ...pair, keyFile: own })));
  });

  for (const [kind, key] of Object.entries({
    'EC P-384': EC('P-384'),
    'EC P-521': EC('P-521'),
    'RSA 2048': RSA(2048),
  })) {
    t.test(`${kind} is served`, async (t) => {
      t.ok(readCredentials(filesOf(new Mint(t).make({ key }))));
    });
  }

  for (const [kind, key, said] of [
    ['Ed25519', ['-algorithm', 'ed25519'], /a kind that is not served \(ed25519\)/],
    ['EC secp256k1', EC('secp256k1'), /a kind that is not served \(ec secp256k1\)/],
    ['RSA 1024', RSA(1024), /cannot be used: .*key too small/],
  ] as const) {
    t.test(`${kind} is refused`, async (t) => {
      t.match(refusalOf(filesOf(new Mint(t).make({ key }))), said);
    });
  }

  t.test('files that are missing, empty, of another kind, or cut off', async (t) => {
    const mint = new Mint(t);
    const pair = mint.make();
    const file = (name: string, text: string): string => {
      writeFileSync(mint.path(name), text, { mode: 0o600 });
      return mint.path(name);
    };
    const cut = readFileSync(pair.certFile, 'utf8').replace(/\n.{20}/, '\nAAAA');
    const refusals: [Partial<CredentialFiles>, RegExp][] = [
      [{ certFile: mint.path('nope') }, /nope does not exist\.$/],
      [{ keyFile: mint.path('nope') }, /nope does not exist\.$/],
      [{ clientCaFile: mint.path('nope') }, /nope does not exist\.$/],
      [{ certFile: file('empty', '') }, /empty has no certificate in PEM\.$/],
      [{ keyFile: file('empty', '') }, /empty cannot be read as a key: it takes a private key in PEM\.$/],
      [{ clientCaFile: file('empty', '') }, /empty has no certificate in PEM\.$/],
      [{ certFile: pair.keyFile }, /has no certificate in PEM\.$/],
      [{ keyFile: pair.certFile }, /(every user|cannot be read as a key)/],
      [{ certFile: file('cut', cut) }, /Certificate 1 in .*cut cannot be read \(/],
      [{ clientCaFile: file('cut', cut) }, /Certificate 1 in .*cut cannot be read \(/],
      [{ certFile: mint.folder }, /is not a file\.$/],
      [{ ciphers: 'NONSENSE' }, /cannot be used: no cipher match\.$/],
    ];
    for (const [changed, said] of refusals) t.match(refusalOf(filesOf(pair, changed)), said);
  });

  t.test('the key of another certificate', async (t) => {
    const mint = new Mint(t);
    const { keyFile } = mint.make();
    t.match(refusalOf(filesOf({ ...mint.make(), keyFile })), /is not that of the certificate in/);
  });

  t.test('a key that every user can read, or change', async (t) => {
    const mint = new Mint(t);
    const pair = mint.make();
    chmodSync(pair.keyFile, 0o644);
    t.match(refusalOf(filesOf(pair)), /can be read by every user .*defaultMode: 0440/);
    chmodSync(pair.keyFile, 0o440);
    t.ok(readCredentials(filesOf(pair)));
    chmodSync(pair.certFile, 0o646);
    t.match(refusalOf(filesOf(pair)), /can be changed by every user/);
  });

  t.test('an encrypted key needs its passphrase', async (t) => {
    const mint = new Mint(t);
    const pair = mint.make();
    const keyFile = mint.path('encrypted.key');
    openssl(['pkcs8', '-topk8', '-in', pair.keyFile, '-passout', 'pass:right', '-out', keyFile]);
    t.match(refusalOf(filesOf({ ...pair, keyFile })), /is encrypted: name its passphrase by/);
    t.match(
      refusalOf(filesOf({ ...pair, keyFile }, { passphrase: 'wrong' })),
      /the passphrase is another one/,
    );
    t.ok(readCredentials(filesOf({ ...pair, keyFile }, { passphrase: 'right' })));
    t.ok(readCredentials(filesOf(pair, { passphrase: 'not needed' })));
  });

  t.test('a chain in another order, or of strangers', async (t) => {
    const mint = new Mint(t);
    const root = mint.make({ name: 'root', authority: true });
    const middle = mint.make({ name: 'middle', authority: true, signedBy: root });
    const leaf = mint.make({ name: 'leaf', signedBy: middle });
    const chainOf = (...pairs: Pair[]): Pair => {
      const certFile = mint.path('chain.pem');
      writeFileSync(certFile, pairs.map((pair) => readFileSync(pair.certFile, 'utf8')).join(''));
      return { certFile, keyFile: leaf.keyFile };
    };
    t.ok(readCredentials(filesOf(chainOf(leaf, middle, root))));
    t.match(
      refusalOf(filesOf(chainOf(leaf, root, middle))),
      /not in order: number 1 \(CN=leaf\) was not signed by number 2 \(CN=root\)/,
    );
    t.match(refusalOf(filesOf(chainOf(middle, leaf))), /is not that of the certificate/);
    // Of the same name and not the same key.
    const impostor = mint.make({ name: 'middle', authority: true });
    t.match(refusalOf(filesOf(chainOf(leaf, impostor))), /was not signed by number 2 \(CN=middle\)/);
  });

  t.test('authorities of clients have to be authorities', async (t) => {
    const mint = new Mint(t);
    const root = mint.make({ name: 'root', authority: true });
    const client = mint.make({ name: 'client', signedBy: root });
    const both = mint.path('both.pem');
    copyFileSync(root.certFile, both);
    writeFileSync(both, readFileSync(client.certFile), { flag: 'a' });
    t.match(
      refusalOf(filesOf(root, { clientCaFile: both })),
      /has a certificate that is not an authority's \(CN=client\)/,
    );
  });
}
