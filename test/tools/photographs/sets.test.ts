import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import t from 'tap';
import { derivePhotograph } from '../../../tools/photographs/derived.ts';
import { standard, unseen } from '../../../tools/photographs/sets.ts';

t.test('the standard photographs are JPEGs of 35 to 80 KB', async (t) => {
  for (const { name, bytes, mediaType } of await standard()) {
    t.equal(mediaType, 'image/jpeg');
    t.ok(bytes.length > 35_000 && bytes.length < 80_000, name);
  }
});

t.test('unseen photographs are made once, the same everywhere, and none of the standard ones', async (t) => {
  const one = t.testdir();
  const first = await unseen(join(one, 'a'));
  t.strictSame(await unseen(join(one, 'b')), first);
  const known = new Set((await standard()).map(({ bytes }) => bytes.toString('latin1')));
  t.notOk(first.some(({ bytes }) => known.has(bytes.toString('latin1'))));

  const [folder] = await readdir(join(one, 'a'));
  await writeFile(join(one, 'a', folder!, first[0]!.name), 'kept');
  t.equal((await unseen(join(one, 'a')))[0]!.bytes.toString(), 'kept', 'the folder is read the second time');
});

t.test('a photograph that is missing from the folder is made again', async (t) => {
  const folder = t.testdir();
  const first = await unseen(folder);
  const [set] = await readdir(folder);
  await rm(join(folder, set!, first[1]!.name));
  t.strictSame(await unseen(folder), first);
});

t.test('a derived photograph has the size, the encoding and the grain that are asked for', async (t) => {
  const plain = { name: 'x', from: 'cat.jpg', width: 120, height: 80, quality: 90, grain: 0 };
  const [smooth, grainy, progressive, png] = await Promise.all([
    derivePhotograph(plain),
    derivePhotograph({ ...plain, grain: 10 }),
    derivePhotograph({ ...plain, progressive: true }),
    derivePhotograph({ name: 'x', from: 'cat.jpg', width: 120, height: 80, grain: 0 }),
  ]);
  t.match(await sharp(smooth).metadata(), { format: 'jpeg', width: 120, height: 80, isProgressive: false });
  t.match(await sharp(progressive).metadata(), { format: 'jpeg', isProgressive: true });
  t.match(await sharp(png).metadata(), { format: 'png', channels: 3 });
  t.ok(grainy.length > 1.2 * smooth.length, 'grain costs bytes');
});
