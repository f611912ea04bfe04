import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { remove } from '../../../src/artifacts/archive/remove.ts';
import { homeOf, lockOf, partOf } from '../../../src/artifacts/folder/home.ts';
import { carryOut, finish } from '../../../src/artifacts/folder/plan.ts';
import { pulledModels, settle } from '../../../src/artifacts/folder/pulled-models.ts';
import { ArchiveSource } from '../../../src/artifacts/source/of-archive.ts';
import type { OfferedFile } from '../../../src/artifacts/source/source.ts';
import { systemClock as clock } from '../../../src/clock.ts';
import { StoreUnreachable } from '../../../src/outbound/store/connection.ts';
import { readPrivateKey, signVersion } from '../../../src/repository/trust/sign.ts';
import { Trust } from '../../../src/repository/trust/trust.ts';
import { scanRepository } from '../../../src/repository/repository.ts';
import { signingKeys } from '../../support/signing-keys.ts';
import { affine } from '../../support/tiny-models.ts';
import { placeOf, pulled, pulledFrom, pushed, writeVersion, type Place } from '../models.ts';

const modelAt = (root: string, version: number): Buffer =>
  readFileSync(join(root, 'net', String(version), 'model.onnx'));

t.test('a model is pulled whole, and again nothing is', async (t) => {
  const { from, to, archive } = placeOf(t);
  writeVersion(from, 1, 1);
  await pushed(archive, from);
  t.match(await pulled(archive, to), {
    failures: [],
    models: [{ model: 'net', added: ['1'], settings: true }],
  });
  t.same(modelAt(to, 1), affine('N', 1).file);
  t.match(await pulled(archive, to), {
    models: [{ added: [], replaced: [], unchanged: ['1'], settings: false, bytes: 0 }],
  });
  const [model, ...others] = (await scanRepository(to)).models;
  t.same([model?.name, others], ['net', []]);
  t.same(readdirSync(join(to, '.artifacts')), ['net']);
  t.same(readdirSync(join(to, '.artifacts/net')), ['pulled.json']);
});

t.test(
  'a changed version takes the place of the one before, and what has not changed is not fetched',
  async (t) => {
    const { from, to, archive } = placeOf(t);
    writeVersion(from, 1, 1);
    writeVersion(from, 2, 2);
    await pushed(archive, from);
    await pulled(archive, to);
    writeVersion(from, 2, 3);
    await pushed(archive, from);
    const { models } = await pulled(archive, to);
    t.match(models, [{ replaced: ['2'], unchanged: ['1'], bytes: affine('N', 3).file.length }]);
    t.same(modelAt(to, 2), affine('N', 3).file);
  },
);

t.test('a file that lies here already under another name is copied, not fetched', async (t) => {
  const { from, to, archive } = placeOf(t);
  writeVersion(from, 1, 1);
  await pushed(archive, from);
  await pulled(archive, to);
  writeVersion(from, 2, 1);
  await pushed(archive, from);
  t.match(await pulled(archive, to), { models: [{ added: ['2'], bytes: 0 }] });
  t.same(modelAt(to, 2), affine('N', 1).file);
});

t.test('what was not pulled, or was changed since, is not lost unless that is asked for', async (t) => {
  const { from, to, archive } = placeOf(t);
  writeVersion(from, 1, 1);
  await pushed(archive, from);
  writeVersion(to, 1, 9);
  t.match(await pulled(archive, to), {
    models: [],
    failures: [{ fault: 'local', reason: /was not pulled/ }],
  });
  t.match(await pulled(archive, to, { replaces: 'damaged' }), { failures: [{ reason: /was not pulled/ }] });
  t.same(modelAt(to, 1), affine('N', 9).file);
  t.match(await pulled(archive, to, { replaces: 'all' }), { models: [{ replaced: ['1'] }] });
  writeFileSync(join(to, 'net/1/model.onnx'), affine('N', 8).file);
  t.match(await pulled(archive, to), { failures: [{ reason: /was changed here since it was pulled/ }] });
  t.match(await pulled(archive, to, { replaces: 'damaged' }), { models: [{ replaced: ['1'] }] });
  t.same(modelAt(to, 1), affine('N', 1).file);
});

t.test('the same content that somebody else has put there is taken as it is', async (t) => {
  const { from, to, archive } = placeOf(t);
  writeVersion(from, 1, 1);
  writeVersion(to, 1, 1);
  await pushed(archive, from);
  t.match(await pulled(archive, to), {
    failures: [],
    models: [{ unchanged: ['1'], settings: false, bytes: 0 }],
  });
  t.same(await pulledModels(to), ['net']);
});

t.test(
  'versions that are no longer offered go, unless they were changed here or are not to go',
  async (t) => {
    const { from, to, archive } = placeOf(t);
    for (const version of [1, 2, 3]) writeVersion(from, version, version);
    await pushed(archive, from);
    await pulled(archive, to);
    await remove(archive, 'net', '1');
    await remove(archive, 'net', '2');
    t.match(await pulled(archive, to), { models: [{ removed: [] }] });
    writeFileSync(join(to, 'net/2/model.onnx'), affine('N', 7).file);
    t.match(await pulled(archive, to, { removes: true }), { models: [{ removed: ['1'] }] });
    t.same(readdirSync(join(to, 'net')).sort(), ['2', '3', 'model.json']);
  },
);

/** A source that hands out pieces as a test wants. */
class Faulty extends ArchiveSource {
  readonly asked: number[] = [];
  readonly #change: (file: OfferedFile, from: number, bytes: Buffer, call: number) => Iterable<Buffer>;

  constructor(
    { archive }: Place,
    change: (file: OfferedFile, from: number, bytes: Buffer, call: number) => Iterable<Buffer>,
  ) {
    super(archive);
    this.#change = change;
  }

  override async open(file: OfferedFile, from: number) {
    this.asked.push(from);
    const got = await super.open(file, 0);
    const pieces: Uint8Array[] = [];
    for await (const piece of got.pieces) pieces.push(piece);
    const changed = this.#change(file, from, Buffer.concat(pieces), this.asked.length);
    async function* iterate(): AsyncGenerator<Buffer> {
      yield* changed;
    }
    return { ...got, from, pieces: iterate() };
  }
}

t.test('a download that is cut off goes on where it was', async (t) => {
  const place = placeOf(t);
  writeVersion(place.from, 1, 1);
  await pushed(place.archive, place.from);
  const source = new Faulty(place, function* (file, from, bytes, call) {
    const rest = bytes.subarray(from);
    if (file.path !== 'model.onnx' || call > 3) return void (yield rest);
    yield rest.subarray(0, 50);
    throw new StoreUnreachable('cut off');
  });
  t.match(await pulledFrom(source, place.to), { failures: [], models: [{ added: ['1'] }] });
  t.same(
    source.asked.filter((from) => from > 0),
    [50, 100],
  );
  t.same(modelAt(place.to, 1), affine('N', 1).file);
});

t.test(
  'a download goes on in the next run, and what an earlier one has damaged is fetched again',
  async (t) => {
    const place = placeOf(t);
    const { from, to, archive } = place;
    writeVersion(from, 1, 1);
    await pushed(archive, from);
    const { net } = (await archive.read()).index.models;
    const { sha256 } = net!.versions['1']!.files[0]!;
    mkdirSync(dirname(partOf(to, sha256)), { recursive: true });
    writeFileSync(partOf(to, sha256), modelAt(from, 1).subarray(0, 60));
    const source = new Faulty(place, (_, at, bytes) => [bytes.subarray(at)]);
    await pulledFrom(source, to);
    t.ok(source.asked.includes(60));
    rmSync(join(to, 'net/1'), { recursive: true });
    mkdirSync(dirname(partOf(to, sha256)), { recursive: true });
    writeFileSync(partOf(to, sha256), Buffer.alloc(60));
    t.match(await pulledFrom(source, to), { failures: [] });
    t.same(modelAt(to, 1), modelAt(from, 1));
  },
);

t.test('bytes that are not those of the digest are never put in place', async (t) => {
  const place = placeOf(t);
  const { from, to, archive } = place;
  writeVersion(from, 1, 1);
  await pushed(archive, from);
  await pulled(archive, to);
  writeVersion(from, 1, 2);
  await pushed(archive, from);
  const source = new Faulty(place, (_, at, bytes) => [Buffer.alloc(bytes.length - at, 7)]);
  t.match(await pulledFrom(source, to), {
    models: [],
    failures: [{ fault: 'corrupt', reason: /its sha256 is/ }],
  });
  t.same(modelAt(to, 1), affine('N', 1).file);
  const longer = new Faulty(place, (_, at, bytes) => [bytes.subarray(at), Buffer.from('more')]);
  t.match(await pulledFrom(longer, to), { failures: [{ fault: 'corrupt', reason: /longer/ }] });
  t.match(await pulled(archive, to), { failures: [], models: [{ replaced: ['1'] }] });
});

t.test('a model that cannot be pulled does not keep the others from it', async (t) => {
  const { from, to, archive, store } = placeOf(t);
  writeVersion(from, 1, 1);
  await pushed(archive, from);
  const { models, deleting } = (await archive.read()).index;
  await archive.update(async () => ({ models: { lost: models['net']!, ...models }, deleting }));
  t.match(await pulled(archive, to), {
    failures: [{ model: 'lost', fault: 'missing' }],
    models: [{ model: 'net' }],
  });
  t.equal(existsSync(join(to, 'lost')), false);
  t.ok(store);
});

for (const step of [0, 1, 2, 3]) {
  t.test(`a pull that is cut off after ${step} renames is finished without the store`, async (t) => {
    const { from, to, archive } = placeOf(t);
    writeVersion(from, 1, 1);
    await pushed(archive, from);
    await pulled(archive, to);
    const home = homeOf(to, 'net');
    const record = JSON.parse(readFileSync(home.record, 'utf8'));
    writeVersion(join(home.fresh, '..'), 1, 2);
    mkdirSync(home.fresh, { recursive: true });
    const { renameSync } = await import('node:fs');
    renameSync(join(home.fresh, '../net/1'), join(home.fresh, '1'));
    renameSync(join(home.fresh, '../net/model.json'), join(home.fresh, 'model.json'));
    writeFileSync(home.plan, JSON.stringify({ record, put: ['1', 'model.json'], taken: [] }));
    mkdirSync(home.old, { recursive: true });
    const renames: [string, string][] = [
      [join(to, 'net/1'), join(home.old, '1')],
      [join(home.fresh, '1'), join(to, 'net/1')],
      [join(to, 'net/model.json'), join(home.old, 'model.json')],
    ];
    for (const [a, b] of renames.slice(0, step)) renameSync(a, b);
    await settle(to, clock, new AbortController().signal);
    t.same(modelAt(to, 1), affine('N', 2).file);
    t.ok(existsSync(join(to, 'net/model.json')));
    t.same(
      readdirSync(join(to, '.artifacts/net')).filter((name) => name !== 'net'),
      ['pulled.json'],
    );
    await finish(home);
    t.same(modelAt(to, 1), affine('N', 2).file);
    t.ok(carryOut);
  });
}

t.test('what is not signed as it has to be is not put in place of what is', async (t) => {
  const { base, from, to, archive } = placeOf(t);
  const keys = signingKeys(base, 'own');
  const trust = new Trust({ publicKeys: [keys.publicFile], signedOnly: true });
  const sign = async (): Promise<void> => {
    const [entry] = (await scanRepository(from)).models;
    const key = readPrivateKey(keys.privateFile);
    for (const version of entry!.versions) await signVersion(entry!, version, key, keys.privateFile);
  };
  writeVersion(from, 1, 1);
  await sign();
  await pushed(archive, from);
  t.match(await pulled(archive, to, { trust }), { failures: [], models: [{ added: ['1'] }] });
  // The model is another one, and its signature the old one.
  writeFileSync(join(from, 'net/1/model.onnx'), affine('N', 2).file);
  await pushed(archive, from);
  t.match(await pulled(archive, to, { trust }), { failures: [{ fault: 'untrusted' }] });
  // Settings that nobody has signed.
  writeVersion(from, 1, 1, { description: 'of somebody else' });
  await pushed(archive, from);
  t.match(await pulled(archive, to, { trust }), { failures: [{ fault: 'untrusted' }] });
  t.same(modelAt(to, 1), affine('N', 1).file);
  await sign();
  await pushed(archive, from);
  t.match(await pulled(archive, to, { trust }), {
    failures: [],
    models: [{ replaced: ['1'], settings: true }],
  });
  const [{ versions } = { versions: [] }] = (await scanRepository(to, undefined, trust)).models;
  t.match(versions, [{ fault: undefined, signed: { signer: /./ } }]);
});

t.test('a version without a model is not put in place', async (t) => {
  const { from, to, archive } = placeOf(t);
  writeVersion(from, 1, 1);
  await pushed(archive, from);
  const { models, deleting } = (await archive.read()).index;
  const { digestOf } = await import('../../../src/artifacts/archive/index-file.ts');
  const files = models['net']!.versions['1']!.files.map((file) => ({ ...file, path: 'other.onnx' }));
  const versions = { '1': { digest: digestOf(files), pushed: '', files } };
  await archive.update(async () => ({ models: { net: { ...models['net']!, versions } }, deleting }));
  t.match(await pulled(archive, to), { failures: [{ fault: 'corrupt', reason: /no model.onnx/ }] });
  t.equal(existsSync(join(to, 'net')), false);
});

t.test('two pulls at the same time end with one whole model', async (t) => {
  const { from, to, archive } = placeOf(t);
  writeVersion(from, 1, 1);
  await pushed(archive, from);
  const reports = await Promise.all([pulled(archive, to), pulled(archive, to)]);
  t.same(
    reports.flatMap(({ failures }) => failures),
    [],
  );
  t.same(
    reports.flatMap(({ models }) => models.flatMap(({ added }) => added)),
    ['1'],
  );
});

t.test('a lock that its owner has left behind is taken over', async (t) => {
  const { from, to, archive } = placeOf(t);
  writeVersion(from, 1, 1);
  await pushed(archive, from);
  mkdirSync(dirname(lockOf(to)), { recursive: true });
  writeFileSync(lockOf(to), '');
  const before = new Date(Date.now() - 120_000);
  utimesSync(lockOf(to), before, before);
  t.match(await pulled(archive, to), { models: [{ added: ['1'] }] });
  t.equal(existsSync(lockOf(to)), false);
});

t.test('a model.json that does not suit the versions is not put in place', async (t) => {
  const { from, to, archive } = placeOf(t);
  for (const version of [1, 2]) writeVersion(from, version, version, { defaultVersion: 1 });
  await pushed(archive, from);
  await pulled(archive, to);
  const { models, deleting } = (await archive.read()).index;
  const { 1: _, ...versions } = models['net']!.versions;
  await archive.update(async () => ({ models: { net: { ...models['net']!, versions } }, deleting }));
  t.match(await pulled(archive, to, { removes: true }), {
    failures: [{ fault: 'corrupt', reason: /defaultVersion/ }],
  });
  t.same(modelAt(to, 1), affine('N', 1).file);
});
