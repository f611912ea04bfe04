import { createHash, generateKeyPairSync } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readPublicKeys } from '../../../src/repository/trust/public-keys.ts';
import { readPrivateKey } from '../../../src/repository/trust/sign.ts';
import { signingKeys } from '../../support/signing-keys.ts';

t.test('the id of a key is what sha256sum prints of its file', async (t) => {
  const { publicFile } = signingKeys(t.testdir());
  const [key] = readPublicKeys([publicFile]);
  t.equal(key?.id, createHash('sha256').update(readFileSync(publicFile)).digest('hex'));
});

t.test('several keys, in one file or in several', async (t) => {
  const folder = t.testdir();
  const files = ['a', 'b'].map((name) => signingKeys(folder, name).publicFile);
  const both = join(folder, 'both.pem');
  writeFileSync(both, files.map((file) => readFileSync(file, 'utf8')).join('# the new one\n'));
  t.strictSame(
    readPublicKeys([both]).map(({ id }) => id),
    readPublicKeys(files).map(({ id }) => id),
  );
});

t.test('what is no public key for signatures is refused', async (t) => {
  const folder = t.testdir({
    empty: '',
    text: 'no key',
    odd: '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n',
  });
  const { privateFile, publicFile } = signingKeys(folder);
  const ed25519 = join(folder, 'ed25519');
  const secp256k1 = join(folder, 'secp256k1');
  const spki = { type: 'spki', format: 'pem' } as const;
  writeFileSync(ed25519, generateKeyPairSync('ed25519').publicKey.export(spki));
  writeFileSync(secp256k1, generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey.export(spki));
  const refused = (file: string, message: RegExp): unknown =>
    t.throws(() => readPublicKeys([file]), { name: 'ModelError', message });
  refused(join(folder, 'none'), /none does not exist/);
  refused(join(folder, 'empty'), /has no public key in PEM/);
  refused(join(folder, 'text'), /has no public key in PEM/);
  refused(join(folder, 'odd'), /cannot be read/);
  refused(ed25519, /key of ed25519: model signatures take EC keys/);
  refused(secp256k1, /key of secp256k1/);
  refused(privateFile, /is a private key: give its public one/);
  chmodSync(publicFile, 0o646);
  refused(publicFile, /can be changed by every user/);
});

t.test('a private key is read only from a file that not everybody reads', async (t) => {
  const folder = t.testdir({ text: 'no key' });
  const { privateFile, privateKey } = signingKeys(folder);
  t.ok(readPrivateKey(privateFile).equals(privateKey));
  chmodSync(privateFile, 0o644);
  t.throws(() => readPrivateKey(privateFile), { message: /can be read by every user/ });
  chmodSync(join(folder, 'text'), 0o600);
  t.throws(() => readPrivateKey(join(folder, 'text')), { message: /is no private key in PEM/ });
  t.throws(() => readPrivateKey(join(folder, 'none')), { message: /does not exist/ });
});

t.test('an encrypted private key needs its passphrase', async (t) => {
  const file = join(t.testdir(), 'key.pem');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open' });
  writeFileSync(file, pem, { mode: 0o600 });
  t.ok(readPrivateKey(file, 'open').equals(privateKey));
  t.throws(() => readPrivateKey(file), { message: /--passphrase-file/ });
  t.throws(() => readPrivateKey(file, 'shut'), { message: /--passphrase-file/ });
});
