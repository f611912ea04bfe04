/** What a scan makes of signatures, and what is found when the files are compared. */
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { scanRepository, type ModelEntry } from '../../../src/repository/repository.ts';
import { signedBundle } from '../../../src/repository/trust/bundle.ts';
import { readPublicKeys } from '../../../src/repository/trust/public-keys.ts';
import { requireSigned } from '../../../src/repository/trust/signed-files.ts';
import { signVersion } from '../../../src/repository/trust/sign.ts';
import { sha256, Trust } from '../../../src/repository/trust/trust.ts';
import { externalModel, weightsOf } from '../../support/external-model.ts';
import { signingKeys, type SigningKeys } from '../../support/signing-keys.ts';
import { brightness } from '../../support/tiny-models.ts';

const { file, config, labels } = brightness();
const CONFIG = JSON.stringify(config);
const LABELS = `${labels!.join('\n')}\n`;

/** A signed model for images with two versions, golden samples and another model, which is signed too. */
async function bench(t: Test) {
  const net = { 1: { 'model.onnx': file }, 2: { 'model.onnx': file, 'notes.txt': 'of two' } };
  const beside = { 'model.json': CONFIG, 'labels.txt': LABELS, golden: { 'red.bin': 'r' } };
  const outside = { 1: { 'model.onnx': externalModel(), 'model.onnx.data': weightsOf(3) } };
  const base = t.testdir({ keys: {}, models: { net: { ...net, ...beside }, outside } });
  const root = join(base, 'models');
  const otherKeys = (name: string): SigningKeys => signingKeys(join(base, 'keys'), name);
  const keys = otherKeys('key');
  const told: string[] = [];
  const trustOf = (signedOnly = true, files = [keys.publicFile]) =>
    new Trust({
      publicKeys: files,
      signedOnly,
      refused: ({ model, version }, kind) => void told.push(`${model} ${version} ${kind}`),
    });
  const sign = async (): Promise<void> => {
    for (const entry of (await scanRepository(root)).models)
      for (const version of entry.versions)
        await signVersion(entry, version, keys.privateKey, keys.privateFile);
  };
  await sign();
  const strict = trustOf();
  const scan = (trust = strict) => scanRepository(root, undefined, trust);
  const model = async (name = 'net', trust = strict): Promise<ModelEntry | undefined> =>
    (await scan(trust)).models.find((one) => one.name === name);
  /** Why version 1 is refused: by the scan, or when its files are read. */
  const faultOf = async (name = 'net', trust = strict): Promise<string | undefined> => {
    const { models, unavailable } = await scan(trust);
    const version = models.find((one) => one.name === name)?.versions.find((one) => one.version === '1');
    if (version === undefined) return unavailable.find((one) => one.name === name)?.reason;
    if (version.fault !== undefined) return version.fault;
    return (
      version.signed &&
      requireSigned(version, version.signed).then(
        () => undefined,
        (error: Error) => error.message,
      )
    );
  };
  const at = (path: string): string => join(root, path);
  return { root, keys, otherKeys, told, trustOf, sign, scan, model, faultOf, at };
}

t.test('what is signed is taken, and says by whom', async (t) => {
  const { keys, model, faultOf, told } = await bench(t);
  const net = await model();
  t.strictSame(
    net?.versions.map(({ fault, signed }) => [fault, signed?.signer]),
    [1, 2].map(() => [undefined, keys.publicKey.id]),
  );
  t.equal(await requireSigned(net!.versions[1]!, net!.versions[1]!.signed!), 6);
  t.equal(await faultOf('outside'), undefined);
  t.strictSame(told, []);
});

const tampered: readonly [
  what: string,
  name: string,
  change: (at: (path: string) => string) => void,
  reason: RegExp,
][] = [
  [
    'no signature',
    'net',
    (at) => rmSync(at('net/1/model.sig')),
    /is not signed: there is no model\.sig beside it/,
  ],
  [
    'an empty signature',
    'net',
    (at) => writeFileSync(at('net/1/model.sig'), ''),
    /model\.sig cannot be trusted: it is no JSON/,
  ],
  [
    'a link as the signature',
    'net',
    (at) => {
      renameSync(at('net/1/model.sig'), at('net/s'));
      symlinkSync('../s', at('net/1/model.sig'));
    },
    /is not a file/,
  ],
  [
    'another model file',
    'net',
    (at) => writeFileSync(at('net/1/model.onnx'), Buffer.concat([file, Buffer.alloc(1)])),
    /model\.onnx is not the file that was signed/,
  ],
  [
    'other weights',
    'outside',
    (at) => writeFileSync(at('outside/1/model.onnx.data'), weightsOf(4)),
    /model\.onnx\.data is not the file that was signed/,
  ],
  [
    'weights that are away',
    'outside',
    (at) => rmSync(at('outside/1/model.onnx.data')),
    /model\.onnx\.data was signed, and cannot be read/,
  ],
  [
    'a file more',
    'net',
    (at) => writeFileSync(at('net/1/more.txt'), ''),
    /more\.txt is not among the files that were signed/,
  ],
  [
    'a file more in a folder',
    'net',
    (at) => {
      mkdirSync(at('net/1/a/.git'), { recursive: true });
      writeFileSync(at('net/1/a/.git/x'), '');
    },
    /a\/\.git\/x is not among/,
  ],
  ['a link', 'net', (at) => symlinkSync('model.onnx', at('net/1/link')), /"link" in .* is a link or no file/],
  [
    'a model file that is a link to the same',
    'net',
    (at) => {
      renameSync(at('net/1/model.onnx'), at('net/m'));
      symlinkSync('../m', at('net/1/model.onnx'));
    },
    /"model\.onnx" in .* is a link/,
  ],
  [
    'other labels',
    'net',
    (at) => writeFileSync(at('net/labels.txt'), 'a\nb\nc\n'),
    /labels\.txt is not the file that net\/1\/model\.sig covers/,
  ],
  [
    'another preprocessing',
    'net',
    (at) => writeFileSync(at('net/model.json'), CONFIG.replace('bilinear', 'bicubic')),
    /model\.json is not the file/,
  ],
  ['no model.json', 'net', (at) => rmSync(at('net/model.json')), /covers .*model\.json, which is not there/],
  [
    'a model.json where none was signed',
    'outside',
    (at) => writeFileSync(at('outside/model.json'), '{}'),
    /does not cover outside\/model\.json/,
  ],
  [
    'another golden sample',
    'net',
    (at) => writeFileSync(at('net/golden/red.bin'), 'g'),
    /red\.bin is not the file that was signed/,
  ],
  [
    'a golden sample more',
    'net',
    (at) => writeFileSync(at('net/golden/green.bin'), 'g'),
    /green\.bin is not among the files/,
  ],
  [
    'a golden sample less',
    'net',
    (at) => rmSync(at('net/golden/red.bin')),
    /red\.bin was signed, and cannot be read/,
  ],
  [
    'another list',
    'net',
    (at) => writeFileSync(at('net/1/shared.sha256'), ''),
    /shared\.sha256 is not the file that was signed/,
  ],
  [
    'the version of another model',
    'net',
    (at) => {
      rmSync(at('net'), { recursive: true });
      cpSync(at('outside'), at('net'), { recursive: true });
    },
    /made for "outside\/1", not for net\/1/,
  ],
  [
    'another version',
    'net',
    (at) => {
      rmSync(at('net/1'), { recursive: true });
      cpSync(at('net/2'), at('net/1'), { recursive: true });
    },
    /made for "net\/2", not for net\/1/,
  ],
];
for (const [what, name, change, reason] of tampered) {
  t.test(`with ${what} it is refused`, async (t) => {
    const { at, faultOf } = await bench(t);
    change(at);
    t.match(await faultOf(name), reason);
  });
}

t.test('a foreign signature is refused, and taken when its key is added', async (t) => {
  const { model, faultOf, told, trustOf, keys, otherKeys } = await bench(t);
  const other = otherKeys('other');
  const strict = trustOf(true, [other.publicFile]);
  t.match(await faultOf('net', strict), /was made with the key [0-9a-f]{12}, and the public keys given are/);
  t.strictSame(told.toSorted(), ['net 1 foreign', 'net 2 foreign', 'outside 1 foreign']);
  await faultOf('net', strict);
  t.equal(told.length, 3, 'it is said once');
  const both = await model('net', trustOf(true, [other.publicFile, keys.publicFile]));
  t.equal(both?.versions[0]?.signed?.signer, keys.publicKey.id);
});

t.test('one version that is not trusted leaves the others', async (t) => {
  const { at, model, told } = await bench(t);
  rmSync(at('net/2/model.sig'));
  t.match((await model())?.versions, [{ fault: undefined }, { fault: /is not signed/ }]);
  t.strictSame(told, ['net 2 missing']);
});

t.test('where signatures may be missing, one that is there has to hold', async (t) => {
  const { at, faultOf, trustOf, model } = await bench(t);
  const lenient = trustOf(false);
  t.equal(await faultOf('net', lenient), undefined);
  rmSync(at('net/1/model.sig'));
  t.equal((await model('net', lenient))?.versions[0]?.signed, undefined);
  t.equal(await faultOf('net', lenient), undefined);
  writeFileSync(at('net/1/model.sig'), '{}');
  t.match(await faultOf('net', lenient), /cannot be trusted/);
});

/** As `model_signing sign key net/1` does it: the folder alone, by its own name. */
async function signedAlone(t: Test) {
  const made = await bench(t);
  const { at, keys } = made;
  rmSync(at('net/1/shared.sha256'));
  const digests = new Map([['model.onnx', sha256(file)]]);
  const bytes = signedBundle({ subject: '1', digests, ignored: ['model.sig'] }, keys.privateKey, '');
  writeFileSync(at('net/1/model.sig'), bytes);
  return made;
}

t.test('a signature of the folder alone does not cover model.json', async (t) => {
  const { faultOf, trustOf, at } = await signedAlone(t);
  t.match(await faultOf(), /net\/1\/model\.sig does not cover .*: sign the version again/);
  t.equal(await faultOf('net', trustOf(false)), undefined);
  writeFileSync(at('net/1/model.onnx'), Buffer.concat([file, Buffer.alloc(1)]));
  t.match(await faultOf('net', trustOf(false)), /is not the file that was signed/);
});

t.test('a model that is only a file needs nothing else', async (t) => {
  const { faultOf, at } = await signedAlone(t);
  for (const name of ['model.json', 'labels.txt', 'golden', '2'])
    rmSync(at(`net/${name}`), { recursive: true });
  t.equal(await faultOf(), undefined);
});

t.test('a folder that is the whole repository is covered by one signature', async (t) => {
  const base = t.testdir({
    keys: {},
    models: { 'model.onnx': file, 'model.json': CONFIG, 'labels.txt': LABELS },
  });
  const root = join(base, 'models');
  const keys = signingKeys(join(base, 'keys'));
  const [entry] = (await scanRepository(root, 'net')).models;
  await signVersion(entry!, entry!.versions[0]!, keys.privateKey, keys.privateFile);
  const trust = new Trust({ publicKeys: [keys.publicFile], signedOnly: true });
  const scan = async (name = 'net') => (await scanRepository(root, name, trust)).models[0]?.versions[0];
  const version = await scan('another');
  t.equal(await requireSigned(version!, version!.signed!), 3);
  writeFileSync(join(root, 'labels.txt'), 'a\nb\nc\n');
  t.equal(await scan(), undefined);
  writeFileSync(join(root, 'labels.txt'), LABELS);
  rmSync(join(root, 'model.json'));
  t.equal(await scan(), undefined);
});

t.test('keys are read at every scan; one that cannot be read stops it', async (t) => {
  const { scan, keys, faultOf, otherKeys } = await bench(t);
  const pem = readFileSync(keys.publicFile);
  rmSync(keys.publicFile);
  await t.rejects(scan(), { name: 'ModelError', message: /does not exist/ });
  writeFileSync(keys.publicFile, readFileSync(otherKeys('other').publicFile));
  t.match(await faultOf(), /was made with the key/);
  writeFileSync(keys.publicFile, pem);
  t.equal(await faultOf(), undefined);
  t.equal(readPublicKeys([keys.publicFile]).length, 1);
});
