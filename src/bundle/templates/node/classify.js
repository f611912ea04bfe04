/**
 * node classify.js photo.jpg [photo.png ...]   the classes of each photograph, as a line of JSON
 * node classify.js body.json                   for a model that takes rows: {"inputs": {"x": [[1, 2]]}}
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as ort from 'onnxruntime-node';
import { Model } from './model.js';

/** The model of this folder. Weights beside model.onnx are found by onnxruntime. */
export async function open() {
  const folder = import.meta.dirname;
  const json = async (path) => JSON.parse(await readFile(join(folder, path), 'utf8'));
  const bundle = await json('bundle.json');
  const labels = bundle.labels === undefined ? undefined : await json(bundle.labels);
  const session = await ort.InferenceSession.create(join(folder, 'model/model.onnx'));
  return { bundle, model: new Model(ort, session, bundle, labels) };
}

/** The pixels of a picture, RGB, upright, as the server decodes them. */
export async function pixelsOf(bytes) {
  const { default: sharp } = await import('sharp');
  const { space } = await sharp(bytes).metadata();
  const { data, info } = await sharp(bytes, {
    failOn: 'error',
    ignoreIcc: space !== 'cmyk',
    autoOrient: true,
  })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { bundle, model } = await open();
  for (const file of process.argv.slice(2)) {
    const bytes = await readFile(file);
    const answer =
      bundle.preprocess === undefined
        ? await model.run(JSON.parse(bytes.toString('utf8')).inputs)
        : { predictions: await model.classify(await pixelsOf(bytes)) };
    console.log(JSON.stringify({ file, ...answer }));
  }
}
