/** `ortolan models encrypt`. */
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { decrypted } from '../../../src/cipher/decryptor.ts';
import { keyIdOf } from '../../../src/cipher/format.ts';
import { externalModel, weightsOf } from '../../support/external-model.ts';
import { ortolan } from '../ortolan.ts';

const LOCATION = 'w/a.data';

function bench(t: Test) {
  const files = { 'model.onnx': externalModel(LOCATION), w: { 'a.data': weightsOf(3) } };
  const sha256 = { 1: { 'model.onnx': digestOf(files['model.onnx']), [LOCATION]: digestOf(weightsOf(3)) } };
  const config = JSON.stringify({ description: 'net', sha256 });
  const base = t.testdir({ models: { net: { 1: { ...files, 'left.data': 'plain' }, 'model.json': config, golden: {} } } });
  const key = randomBytes(32);
  const keyFile = join(base, 'model.key');
  writeFileSync(keyFile, key, { mode: 0o600 });
  const to = join(base, 'encrypted');
  const encrypt = (...args: string[]) =>
    ortolan(['models', 'encrypt', ...args, '--models', join(base, 'models'), '--key-file', keyFile, '--to', to]);
  return { base, key, keyFile, to, encrypt };
}

const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

t.test('makes a copy without anything plain, which loads', async (t) => {
  const { key, keyFile, to, encrypt } = bench(t);
  const done = await encrypt('net');
  t.equal(done.code, 0, done.err);
  t.match(done.out, `encrypted with the key ${keyIdOf(key)}`);
  t.strictSame(
    readdirSync(join(to, 'net'), { recursive: true, encoding: 'utf8' }).toSorted(),
    ['1', '1/model.onnx.enc', '1/w', '1/w/a.data.enc', 'golden', 'model.json'],
  );
  t.strictSame(JSON.parse(readFileSync(join(to, 'net/model.json'), 'utf8')), { description: 'net' });
  const keys = new Map([[keyIdOf(key), key]]);
  t.same(decrypted(readFileSync(join(to, 'net/1/w/a.data.enc')), LOCATION, keys), weightsOf(3));
  const verified = await ortolan(['models', 'verify', '--models', to, '--model-key-file', keyFile]);
  t.equal(verified.code, 0, verified.err);
  t.match(verified.out, /net 1: encrypted, and there is a key\n/);
  t.match((await ortolan(['models', 'list', '--models', to])).out, /encrypted/);
  t.match(await ortolan(['models', 'verify', '--models', to]), { code: 1, err: /modelKeyFile names no key/ });
});

t.test('what cannot be encrypted is said, and nothing is written over', async (t) => {
  const { to, encrypt, keyFile } = bench(t);
  t.match(await encrypt('none'), { code: 1, err: /There is no model none/ });
  await encrypt('net');
  t.match(await encrypt('net'), { code: 1, err: /is there already: take it away/ });
  const again = ['models', 'encrypt', 'net', '--models', to, '--key-file', keyFile, '--to', `${to}2`];
  t.match(await ortolan(again), { code: 1, err: /is encrypted already/ });
  writeFileSync(keyFile, 'short');
  t.match(await ortolan([...again.slice(0, -1), `${to}3`]), { code: 1, err: /is no key: it has to have 32 bytes/ });
});
