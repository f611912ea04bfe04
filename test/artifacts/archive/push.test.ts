import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Archive } from '../../../src/artifacts/archive/archive.ts';
import { backupsOf } from '../../../src/artifacts/archive/backups.ts';
import { requireConditions } from '../../../src/artifacts/archive/precondition.ts';
import { FileStore } from '../../../src/artifacts/store/file.ts';
import { textContent } from '../../../src/artifacts/store/content.ts';
import { systemClock as clock } from '../../../src/clock.ts';
import { externalModel, weightsOf } from '../../support/external-model.ts';
import { keysOf, placeOf, pushed, writeVersion } from '../models.ts';

t.test('a model is in the index with all its files, each once under its digest', async (t) => {
  const { from, archive, store } = placeOf(t);
  writeVersion(from, 1, 1, { labels: 'labels.txt' });
  writeFileSync(join(from, 'net/labels.txt'), 'a\nb\nc\nd\n');
  writeFileSync(join(from, 'net/1/notes.md'), 'a note');
  writeFileSync(join(from, 'net/1/half.part'), 'half');
  writeFileSync(join(from, 'net/1/.hidden'), 'hidden');
  const report = await pushed(archive, from);
  t.match(report, { added: ['1'], replaced: [], settings: true, sentFiles: 4, backup: undefined });
  const { net } = (await archive.read()).index.models;
  t.same(
    net?.files.map(({ path }) => path),
    ['model.json', 'labels.txt'],
  );
  t.same(
    net?.versions['1']?.files.map(({ path }) => path),
    ['model.onnx', 'notes.md'],
  );
  t.equal(net?.default, '1');
  t.same((await keysOf(store, 'blobs/net/')).length, 4);
});

t.test('weights beside the model are files of its version', async (t) => {
  const { from, archive } = placeOf(t);
  mkdirSync(join(from, 'net/1'), { recursive: true });
  writeFileSync(join(from, 'net/1/model.onnx'), externalModel());
  writeFileSync(join(from, 'net/1/model.onnx.data'), weightsOf(2));
  await pushed(archive, from);
  const { net } = (await archive.read()).index.models;
  t.same(
    net?.versions['1']?.files.map(({ path }) => path),
    ['model.onnx', 'model.onnx.data'],
  );
});

t.test('a second push of the same sends nothing and writes nothing', async (t) => {
  const { from, archive } = placeOf(t);
  writeVersion(from, 1, 1);
  await pushed(archive, from);
  const { generation } = (await archive.read()).index;
  t.match(await pushed(archive, from), {
    added: [],
    replaced: [],
    unchanged: ['1'],
    settings: false,
    sentFiles: 0,
  });
  t.equal((await archive.read()).index.generation, generation);
});

t.test('a version that is replaced is backed up whole, with the settings that it had', async (t) => {
  const { from, archive, store } = placeOf(t);
  writeVersion(from, 1, 1);
  await pushed(archive, from);
  const before = (await archive.read()).index.models['net'];
  writeVersion(from, 1, 2);
  const report = await pushed(archive, from);
  t.match(report, { replaced: ['1'], settings: false, sentFiles: 1 });
  const [backup] = await backupsOf(archive, 'net');
  t.match(backup, { id: report.backup, model: 'net', reason: 'push', added: [] });
  t.same(backup?.was, before);
  t.equal((await keysOf(store, `backups/net/${report.backup}/`)).length, 3);
});

t.test('another default version is a promotion, and what answered before is backed up', async (t) => {
  const { from, archive } = placeOf(t);
  writeVersion(from, 1, 1);
  await pushed(archive, from);
  writeVersion(from, 2, 2);
  t.match(await pushed(archive, from), { added: ['2'], unchanged: ['1'] });
  t.match(await backupsOf(archive), [{ added: ['2'], was: { default: '1', versions: { 1: {} } } }]);
  writeVersion(from, 2, 2, { defaultVersion: 1 });
  t.match(await pushed(archive, from), { added: [], replaced: [], settings: true });
  const [newest] = await backupsOf(archive);
  t.same(Object.keys(newest!.was.versions), ['2']);
});

t.test('one version is pushed alone, and the others stay', async (t) => {
  const { from, archive } = placeOf(t);
  for (const version of [1, 2]) writeVersion(from, version, version);
  await pushed(archive, from, ['1']);
  await pushed(archive, from, ['2']);
  t.same(Object.keys((await archive.read()).index.models['net']!.versions), ['1', '2']);
  await t.rejects(pushed(archive, from, ['3']), { fault: 'missing', message: /./ });
});

t.test('writers at the same time lose nothing of each other', async (t) => {
  const { base, archive } = placeOf(t);
  const names = Array.from({ length: 6 }, (_, at) => `net${at}`);
  await Promise.all(
    names.map(async (name, at) => {
      const from = join(base, `from-${name}`);
      writeVersion(from, at + 1, at);
      const own = new Archive({ store: new FileStore(join(base, 'store')), clock, now: () => new Date() });
      await pushed(own, from);
    }),
  );
  const { index } = await archive.read();
  t.same(Object.keys(index.models['net']!.versions).sort(), ['1', '2', '3', '4', '5', '6']);
});

t.test(
  'weights outside of the folder of the version are refused, as are links out of the repository',
  async (t) => {
    const { from, archive } = placeOf(t);
    mkdirSync(join(from, 'net/1'), { recursive: true });
    writeVersion(from, 1, 1);
    symlinkSync('/etc/hostname', join(from, 'net/1/link'));
    await t.rejects(pushed(archive, from), /leads out of/);
    t.same((await archive.read()).index.models, {});
  },
);

t.test('a store that passes over conditions is found out, and is not written by two', async (t) => {
  const { base, store } = placeOf(t);
  class Careless extends FileStore {
    override readonly keepsConditions = false as unknown as true;
    override put(key: string, content: ReturnType<typeof textContent>) {
      return super.put(key, content);
    }
  }
  await t.rejects(requireConditions(new Careless(join(base, 'store'))), {
    fault: 'refused',
    message: /--only-writer/,
  });
  class Asked extends FileStore {
    override readonly keepsConditions = false as unknown as true;
  }
  await requireConditions(new Asked(join(base, 'store')));
  await requireConditions(store);
});

t.test('an index that cannot be understood is not overwritten', async (t) => {
  const { from, archive, store, base } = placeOf(t);
  await store.put('index.json', textContent('{"format": 2}'));
  writeVersion(from, 1, 1);
  await t.rejects(pushed(archive, from), { fault: 'corrupt', message: /./ });
  t.equal(readFileSync(join(base, 'store/index.json@1'), 'utf8'), '{"format": 2}');
  t.equal((await store.head('index.json'))?.tag, '1');
});
