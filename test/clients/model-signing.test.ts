/** The `model_signing` of OpenSSF, from PyPI: what it signs verifies here, and what is signed here verifies there. */
import { execFile } from 'node:child_process';
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { environmentOf } from '../../src/python/environment.ts';
import { ortolan } from '../cli/ortolan.ts';
import { externalModel, weightsOf } from '../support/external-model.ts';
import { signingKeys, type SigningKeys } from '../support/signing-keys.ts';
import { affine } from '../support/tiny-models.ts';
import { unlessLacking } from './program.ts';

// Packages are installed the first time.
t.setTimeout(0);
const PYTHONS = ['3.11', '3.12', '3.13', '3.10'];
const PINNED = join(import.meta.dirname, 'pinned');
const { value: bin, skip } = await unlessLacking(() => environmentOf(PINNED, 'model-signing', PYTHONS));
const run = promisify(execFile);

/** `net` has its weights inside, model.json and a golden sample; `outside` has its weights in another file, and nothing else. */
function models(t: Test): { models: string; keys: (curve: string) => SigningKeys } {
  const base = t.testdir({
    keys: {},
    models: {
      net: {
        1: { 'model.onnx': affine().file, 'notes.txt': 'one', deep: { er: { 'a.bin': 'a' } } },
        'model.json': JSON.stringify(affine().config),
      },
      outside: { 1: { 'model.onnx': externalModel('w/a.data'), w: { 'a.data': weightsOf(2) } } },
    },
  });
  return { models: join(base, 'models'), keys: (curve) => signingKeys(join(base, 'keys'), curve, curve) };
}

/** Whether the folder verifies there; why not. */
async function verifiedThere(folder: string, { publicFile }: SigningKeys): Promise<string | undefined> {
  const args = ['verify', 'key', '.', '--public_key', publicFile, '--signature', 'model.sig'];
  return run(join(bin!, 'model_signing'), args, { cwd: folder }).then(
    () => undefined,
    (error: { stdout: string; stderr: string }) => error.stdout + error.stderr,
  );
}

async function verifiedHere(
  name: string,
  folder: string,
  { publicFile }: SigningKeys,
): Promise<string | undefined> {
  const { code, err } = await ortolan([
    'models',
    'verify',
    name,
    '--models',
    folder,
    '--public-key',
    publicFile,
  ]);
  return code === 0 ? undefined : err;
}

/** The same version with a change. */
const tampered: readonly [what: string, change: (folder: string) => void][] = [
  ['other weights', (folder) => writeFileSync(join(folder, 'w/a.data'), weightsOf(3))],
  ['a file more', (folder) => writeFileSync(join(folder, 'more'), '')],
  ['a file less', (folder) => rmSync(join(folder, 'w/a.data'))],
  ['another model', (folder) => appendFileSync(join(folder, 'model.onnx'), Buffer.alloc(2))],
];

for (const curve of ['P-256', 'P-384', 'P-521']) {
  t.test(`what model_signing signs with a key of ${curve} verifies here`, { skip }, async (t) => {
    const { models: folder, keys } = models(t);
    const own = keys(curve);
    const version = join(folder, 'outside/1');
    const signature = join(version, 'model.sig');
    const args = ['sign', 'key', version, '--private_key', own.privateFile, '--signature', signature];
    await run(join(bin!, 'model_signing'), args);
    t.equal(await verifiedThere(version, own), undefined);
    t.equal(await verifiedHere('outside', folder, own), undefined);
    t.match(await verifiedHere('outside', folder, signingKeys(folder, 'other')), /was made with the key/);
  });

  t.test(`what is signed here with a key of ${curve} verifies with model_signing`, { skip }, async (t) => {
    const { models: folder, keys } = models(t);
    const own = keys(curve);
    for (const name of ['net', 'outside']) {
      const signed = await ortolan([
        'models',
        'sign',
        name,
        '--models',
        folder,
        '--private-key',
        own.privateFile,
      ]);
      t.equal(signed.code, 0, signed.err);
      t.equal(await verifiedThere(join(folder, name, '1'), own), undefined, name);
      t.equal(await verifiedHere(name, folder, own), undefined, name);
    }
    t.match(await verifiedThere(join(folder, 'net/1'), signingKeys(folder, 'other')), /Key mismatch/);
  });
}

for (const by of ['model_signing', 'ortolan']) {
  for (const [what, change] of tampered) {
    t.test(`${what} after ${by} has signed is found by both`, { skip }, async (t) => {
      const { models: folder, keys } = models(t);
      const own = keys('P-256');
      const version = join(folder, 'outside/1');
      if (by === 'ortolan') {
        await ortolan(['models', 'sign', 'outside', '--models', folder, '--private-key', own.privateFile]);
      } else {
        const args = ['sign', 'key', '.', '--private_key', own.privateFile, '--signature', 'model.sig'];
        await run(join(bin!, 'model_signing'), args, { cwd: version });
      }
      t.equal(await verifiedHere('outside', folder, own), undefined, 'before');
      change(version);
      t.match(await verifiedThere(version, own), /Signature mismatch/);
      t.match(await verifiedHere('outside', folder, own), /signed|takes weights from/);
    });
  }
}

t.test('what model_signing has signed with shards or other digests is refused here', { skip }, async (t) => {
  const { models: folder, keys } = models(t);
  const own = keys('P-256');
  const version = join(folder, 'outside/1');
  mkdirSync(version, { recursive: true });
  for (const [configured, reason] of [
    ['use_shard_serialization()', /one of files is followed/],
    ['use_file_serialization(hashing_algorithm="blake3")', /only sha256 is followed/],
    ['set_ignored_paths(paths=["w"])', /leaves out "w"/],
  ] as const) {
    const program = `
import model_signing
config = model_signing.hashing.Config().${configured}
config.add_ignored_paths(model_path=".", paths=["model.sig"])
model_signing.signing.Config().use_elliptic_key_signer(private_key="${own.privateFile}").set_hashing_config(config).sign(".", "model.sig")
`;
    await run(join(bin!, 'python'), ['-c', program], { cwd: version });
    t.match(await verifiedHere('outside', folder, own), reason, configured);
  }
});
