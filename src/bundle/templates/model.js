/**
 * The model of this folder: from pixels to classes, or from rows to outputs, as Ortolan answers. Pixels are scaled by the
 * server's own code, which lies in server/.
 */
import { normaliserOf } from './server/workers/image/normalise.js';
import { Resampler } from './server/workers/image/resample.js';
import { topClasses } from './server/src/tensor/top-classes.js';

/** Most memory for scaling; it is taken as images need it. */
const SCALING_BYTES = 512 * 1024 * 1024;

const DATATYPES = { uint8: 'UINT8', float32: 'FP32' };
const ARRAYS = {
  ...{ float32: Float32Array, float64: Float64Array, int8: Int8Array, int16: Int16Array, int32: Int32Array },
  ...{ uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array, bool: Uint8Array },
  ...{ int64: BigInt64Array, uint64: BigUint64Array },
};

export class Model {
  #ort;
  #session;
  #bundle;
  #labels;
  #resampler = new Resampler(SCALING_BYTES);

  /** `ort`: onnxruntime. `bundle`: bundle.json. `labels`: names of the classes; undefined: it has none. */
  constructor(ort, session, bundle, labels) {
    this.#ort = ort;
    this.#session = session;
    this.#bundle = bundle;
    this.#labels = labels;
  }

  /** `data`: RGB of an upright picture, 3 bytes a pixel. Classes, most probable first. */
  async classify({ data, width, height }, topK = 5) {
    const { preprocess, input: declared } = this.#bundle;
    const { crop } = preprocess;
    const { name, type, shape } = this.#session.inputMetadata[0];
    const row = declared?.shape ?? shape.slice(1).map((side) => (side > 0 ? side : crop));
    const values = new ARRAYS[type](crop * crop * 3);
    this.#resampler.begin(values.byteLength, preprocess);
    const { cropAddress } = this.#resampler;
    this.#resampler.scale({ data, width, height }, cropAddress);
    const pixels = new Uint8Array(this.#resampler.buffer, cropAddress, crop * crop * 3);
    const normalise = normaliserOf({ name, datatype: DATATYPES[type], shape: row }, preprocess);
    if (normalise === undefined) values.set(pixels);
    else normalise(pixels, values);
    const tensor = new this.#ort.Tensor(type, values, [1, ...row]);
    const outputs = await this.#session.run({ [name]: tensor });
    return this.#classesOf(outputs[this.#outputName].data, topK);
  }

  /** `inputs`: lists by name of the input, as in the body of a prediction. Outputs by name, or the classes of each row. */
  async run(inputs, topK = 5) {
    const feeds = Object.fromEntries(
      this.#session.inputMetadata.map(({ name, type }) => [name, this.#tensorOf(name, type, inputs[name])]),
    );
    const outputs = await this.#session.run(feeds);
    if (!this.#bundle.classifies) {
      const lists = Object.entries(outputs).map(([name, { data, dims }]) => [
        name,
        nested(Array.from(data, plain), dims),
      ]);
      return { outputs: Object.fromEntries(lists) };
    }
    const { data, dims } = outputs[this.#outputName];
    const count = data.length / dims[0];
    const rows = Array.from({ length: dims[0] }, (_, row) => data.subarray(row * count, (row + 1) * count));
    const classes = rows.map((scores) => ({ predictions: this.#classesOf(scores, topK) }));
    return classes.length === 1 ? classes[0] : { results: classes };
  }

  get #outputName() {
    return this.#bundle.output ?? this.#session.outputNames[0];
  }

  #classesOf(scores, topK) {
    const most = Math.min(topK, scores.length);
    const { classes, probabilities } = topClasses(scores, 0, scores.length, most, this.#bundle.softmax);
    return classes.map((id, i) => ({
      class_id: id,
      label: this.#labels?.[id],
      probability: probabilities[i],
    }));
  }

  #tensorOf(name, type, list) {
    if (!Array.isArray(list)) throw new Error(`The model takes an input ${name}: a list of rows.`);
    const shape = [];
    for (let at = list; Array.isArray(at); at = at[0]) shape.push(at.length);
    const values = list.flat(Infinity);
    if (type === 'string') return new this.#ort.Tensor(type, values, shape);
    const wide = type === 'int64' || type === 'uint64';
    return new this.#ort.Tensor(type, ARRAYS[type].from(wide ? values.map(BigInt) : values), shape);
  }
}

/** Whole numbers beyond those of JavaScript are text, as the server writes them. */
function plain(value) {
  if (typeof value !== 'bigint') return value;
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}

function nested(values, [, ...rest]) {
  if (rest.length === 0) return values;
  const each = rest.reduce((product, side) => product * side, 1);
  return Array.from({ length: values.length / each }, (_, i) =>
    nested(values.slice(i * each, (i + 1) * each), rest),
  );
}
