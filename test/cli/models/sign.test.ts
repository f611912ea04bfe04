/** `ortolan models sign`, and what `list` and `verify` say of it. */
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { signingKeys } from '../../support/signing-keys.ts';
import { affine } from '../../support/tiny-models.ts';
import { ortolan } from '../ortolan.ts';

function bench(t: Test) {
  const version = () => ({ 'model.onnx': affine().file });
  const base = t.testdir({ keys: {}, models: { net: { 1: version(), 2: version(), 'model.json': '{}' } } });
  const keys = signingKeys(join(base, 'keys'));
  const models = join(base, 'models');
  const sign = (...args: string[]) =>
    ortolan(['models', 'sign', ...args, '--models', models, '--private-key', keys.privateFile]);
  return { keys, models, sign, at: (path: string) => join(models, 'net', path) };
}

t.test('signs every version, or the one that is named', async (t) => {
  const { models, sign, at, keys } = bench(t);
  const one = await sign('net', '2');
  t.strictSame([one.code, one.out], [0, `net 2: 3 files signed in ${at('2/model.sig')}\n`], one.err);
  t.notOk(existsSync(at('1/model.sig')));
  t.match(readFileSync(at('2/shared.sha256'), 'utf8'), /^[0-9a-f]{64} {2}\.\.\/model\.json\n$/);
  t.equal((await sign('net')).code, 0);
  const list = async (...args: string[]) => (await ortolan(['models', 'list', '--models', models, ...args])).out;
  t.match(await list(), /net +1 .* signed \(not verified\)/);
  t.match(await list('--model-public-keys', keys.publicFile), new RegExp(`signed by ${keys.publicKey.id.slice(0, 12)}`));
  const json = JSON.parse(await list('--json', '--model-public-keys', keys.publicFile)) as object;
  t.match(json, { models: [{ versions: [{ signed: { signer: keys.publicKey.id, shared: { 'model.json': /./ } } }] }] });
});

t.test('verify asks for a signature when a key is typed', async (t) => {
  const { models, sign, keys, at } = bench(t);
  const verify = (...args: string[]) => ortolan(['models', 'verify', 'net', '--models', models, ...args]);
  await sign('net');
  const good = await verify('--public-key', keys.publicFile);
  t.equal(good.code, 0, good.err);
  t.match(good.out, /net 1: signed with the key [0-9a-f]{12}, over 2 files in its folder and 1 beside it/);
  t.match((await verify()).out, /net 1: signed, and no public key was given/);
  writeFileSync(at('model.json'), '{"description": "another"}');
  const changed = await verify('--public-key', keys.publicFile);
  t.equal(changed.code, 1);
  t.match(changed.err, /net\/model\.json is not the file that net\/1\/model\.sig covers/);
  rmSync(at('1/model.sig'));
  t.match((await verify('--public-key', keys.publicFile)).err, /net\/1\/model\.onnx is not signed/);
});

t.test('what cannot be signed, or with which, is said', async (t) => {
  const { sign, keys, at } = bench(t);
  t.match(await sign('none'), { code: 1, err: /There is no model none/ });
  t.match(await sign('net', '7'), { code: 2, err: /There is no version 7 of net/ });
  chmodSync(keys.privateFile, 0o644);
  t.match(await sign('net'), { code: 1, err: /can be read by every user/ });
  t.notOk(existsSync(at('1/model.sig')));
  writeFileSync(at('1/model.onnx'), '');
  rmSync(at('2'), { recursive: true });
  chmodSync(keys.privateFile, 0o600);
  t.equal((await sign('net')).code, 0, 'also a file that could not be served');
});
