import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadConfig } from '../../src/config/load.ts';
import { readImages } from '../../src/examples/images.ts';
import { rowsIn } from '../../src/examples/rows.ts';
import { scanRepository } from '../../src/repository/repository.ts';
import { writeInputs } from '../../src/root/model-inputs.ts';
import { readNpy } from '../../src/tensor/npy.ts';
import { modelRepository } from '../support/model-repository.ts';
import { floats, npz } from '../support/npz.ts';
import { PHOTOS } from '../support/start-server.ts';
import { affine, brightness, BRIGHTNESS_SIDE } from '../support/tiny-models.ts';

t.test('images are written as the model sees them, and rows as they are', async (t) => {
  const root = modelRepository(t, { net: affine(), photos: brightness() });
  const { config } = loadConfig({ flags: { models: root }, env: {}, cwd: root });
  const { models } = await scanRepository(root);
  const of = (name: string) => {
    const entry = models.find((model) => model.name === name)!;
    return { entry, file: entry.versions[0]! };
  };
  // Beside the models: neither is a model.
  const folder = root;
  for (const name of ['cat.jpg', 'tripod.jpg']) copyFileSync(join(PHOTOS, name), join(folder, name));
  const images = await readImages(folder, undefined, config);
  const [written] = await writeInputs(of('photos'), images, folder, config);
  t.equal(written?.name, 'image');
  const pixels = readNpy(readFileSync(written!.file));
  t.same([pixels.datatype, pixels.shape], ['UINT8', [2, BRIGHTNESS_SIDE, BRIGHTNESS_SIDE, 3]]);
  const half = pixels.data.length / 2;
  t.notOk(pixels.data.subarray(0, half).equals(pixels.data.subarray(half)), 'another image, other pixels');

  const rows = rowsIn(npz({ x: floats([2, 4], [1, 2, 3, 4, 5, 6, 7, 8]) }));
  const [values] = await writeInputs(of('net'), rows, folder, config);
  const array = readNpy(readFileSync(values!.file));
  t.same(array.shape, [2, 4]);
  t.same([...new Float32Array(new Uint8Array(array.data).buffer)], [1, 2, 3, 4, 5, 6, 7, 8]);
});
