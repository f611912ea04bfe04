import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readImages } from '../../src/examples/images.ts';
import { PHOTOS } from '../support/start-server.ts';

const limits = { maxImagePixels: 1e8 };
const labels = ['cat', 'crane', 'crane', 'tripod'];

/** A folder with photographs at these paths. */
function folderWith(t: Test, ...names: readonly string[]): string {
  const folder = t.testdir();
  for (const name of names) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    copyFileSync(join(PHOTOS, 'cat.jpg'), join(folder, name));
  }
  return folder;
}

t.test('images of a folder have no labels; hidden and other files are passed over', async (t) => {
  const folder = folderWith(t, 'b.jpg', 'a.JPEG', '.c.jpg');
  writeFileSync(join(folder, 'README.md'), 'text');
  const { kind, labelled, items } = await readImages(folder, labels, limits);
  t.same([kind, labelled, items.map(({ name }) => name)], ['images', false, ['a.JPEG', 'b.jpg']]);
  t.equal(items[0]!.digest, items[1]!.digest);
  const payload = await items[0]!.payload([]);
  t.match(payload, { kind: 'image', topK: 1 });
});

t.test('folders in it are classes, by name or by number', async (t) => {
  const { labelled, items } = await readImages(folderWith(t, 'tripod/a.jpg', '1/b.jpg'), labels, limits);
  t.equal(labelled, true);
  t.same(
    items.map(({ name, label }) => [name, label]),
    [
      ['1/b.jpg', 1],
      ['tripod/a.jpg', 3],
    ],
  );
});

t.test(
  'a class that several have, that is unknown, or that some have and others not is refused',
  async (t) => {
    await t.rejects(
      readImages(folderWith(t, 'crane/a.jpg'), labels, limits),
      /Several classes are called crane/,
    );
    await t.rejects(readImages(folderWith(t, 'dog/a.jpg'), labels, limits), /dog .* is neither a label/);
    await t.rejects(readImages(folderWith(t, 'dog/a.jpg'), undefined, limits), /has no labels/);
    await t.rejects(readImages(folderWith(t, 'cat/a.jpg', 'b.jpg'), labels, limits), /or none is/);
  },
);

t.test(
  'an image that is none, or too large, is refused by its name, and so is a folder without any',
  async (t) => {
    const folder = folderWith(t, 'a.jpg');
    await t.rejects(readImages(folder, labels, { maxImagePixels: 10 }), /a\.jpg: /);
    writeFileSync(join(folder, 'b.png'), 'text');
    await t.rejects(readImages(folder, labels, limits), /b\.png: The bytes do not begin like any image/);
    await t.rejects(readImages(t.testdir({ empty: {} }), labels, limits), /no image/);
    await t.rejects(
      readImages(join(folder, 'none'), labels, limits),
      /cannot be read as a folder \(ENOENT\)/,
    );
  },
);
