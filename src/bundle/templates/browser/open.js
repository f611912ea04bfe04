/** Opens the model of this folder in a browser. onnxruntime runs as WebAssembly, on this thread. */
import * as ort from './runtime/ort.wasm.min.mjs';
import { Model } from './model.js';

const at = (path) => new URL(path, import.meta.url).href;

ort.env.wasm.wasmPaths = at('./runtime/');
// More take two headers that not every host of files can send, COOP and COEP.
ort.env.wasm.numThreads = 1;

export async function open() {
  const bundle = await (await fetch(at('./bundle.json'))).json();
  const labels =
    bundle.labels === undefined ? undefined : await (await fetch(at(`./${bundle.labels}`))).json();
  const externalData = bundle.weights.map((path) => ({ path, data: at(`./model/${path}`) }));
  const session = await ort.InferenceSession.create(at('./model/model.onnx'), {
    executionProviders: ['wasm'],
    externalData,
  });
  return { bundle, model: new Model(ort, session, bundle, labels) };
}

/**
 * The pixels of a picture, RGB, upright, with no colour profile applied and without transparency. A picture with transparent
 * parts differs from the server's, which drops it: a canvas keeps no colour where there is none to be seen.
 */
export async function pixelsOf(blob) {
  const picture = await createImageBitmap(blob, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
  const { width, height } = picture;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  context.drawImage(picture, 0, 0);
  const { data: rgba } = context.getImageData(0, 0, width, height);
  const data = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
    data[to] = rgba[from];
    data[to + 1] = rgba[from + 1];
    data[to + 2] = rgba[from + 2];
  }
  return { data, width, height };
}
