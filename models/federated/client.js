/**
 * A client of a federated round, for a browser or Node, without packages: it gets the weights of the head that the round
 * trains, trains them on features that stay here, and sends what that has changed.
 *
 *   import { takePart } from './client.js';
 *   await takePart({ server: 'https://models.example.org', model: 'birds', key, features, labels });
 *
 * `features`: a list of numbers for each sample, what the model gives to its head. `labels`: the class of each sample.
 */

/** @returns what the server says of the update: `{accepted, repeated, clients, samples}` */
export async function takePart({ server, model, key, features, labels, epochs = 20, rate = 0.1, fetch = globalThis.fetch }) {
  const headers = { authorization: `Bearer ${key}` };
  const ask = async (path, init = {}) => {
    const answer = await fetch(`${server}/v1/federated/${model}${path}`, { headers, ...init });
    if (answer.ok) return answer;
    const { error, code } = await answer.json();
    throw Object.assign(new Error(error), { code });
  };
  const { rounds } = await (await ask('')).json();
  const round = rounds.find(({ state }) => state === 'open');
  if (round === undefined) throw new Error(`There is no open round of ${model}.`);
  const path = `/rounds/${round.round}`;
  const before = readFloats(await (await ask(`${path}/weights`)).arrayBuffer());
  const after = trained(before, features, labels, { epochs, rate });
  const body = writeFloats(
    before.map(({ name, shape, data }, at) => ({ name, shape, data: data.map((value, i) => after[at][i] - value) })),
  );
  const init = { method: 'POST', headers: { ...headers, 'content-type': 'application/octet-stream' }, body };
  return (await ask(`${path}/updates?samples=${labels.length}`, init)).json();
}

/** The tensors of a safetensors file of 32-bit floats. */
export function readFloats(buffer) {
  const start = 8 + Number(new DataView(buffer).getBigUint64(0, true));
  const { __metadata__, ...header } = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, start - 8)));
  return Object.entries(header).map(([name, { shape, data_offsets: [begin, end] }]) => ({
    name,
    shape,
    data: new Float32Array(buffer.slice(start + begin, start + end)),
  }));
}

/** The same as a file. */
export function writeFloats(tensors) {
  let at = 0;
  const header = {};
  for (const { name, shape, data } of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [at, at + data.byteLength] };
    at += data.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + at);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  at = 8 + text.length;
  for (const { data } of tensors) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

/**
 * A linear layer and softmax, by gradient descent one sample at a time: the matrix has two axes, one as long as the features,
 * and the other tensor is the bias. Returns new numbers for each tensor.
 */
function trained(tensors, features, labels, { epochs, rate }) {
  const place = tensors.findIndex(({ shape }) => shape.length === 2);
  const [rows, columns] = tensors[place].shape;
  const width = features[0].length;
  // (features, classes), or (classes, features) as PyTorch has it.
  const byFeature = rows === width;
  const classes = byFeature ? columns : rows;
  const weights = tensors.map(({ data }) => Float64Array.from(data));
  const matrix = weights[place];
  const bias = weights.find((_, at) => at !== place) ?? new Float64Array(classes);
  const at = (feature, k) => (byFeature ? feature * classes + k : k * width + feature);
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const [sample, x] of features.entries()) {
      const scores = bias.map((value, k) => x.reduce((sum, each, feature) => sum + each * matrix[at(feature, k)], value));
      const highest = Math.max(...scores);
      const powers = scores.map((score) => Math.exp(score - highest));
      const total = powers.reduce((sum, power) => sum + power, 0);
      for (let k = 0; k < classes; k++) {
        const step = rate * (powers[k] / total - (labels[sample] === k ? 1 : 0));
        bias[k] -= step;
        for (let feature = 0; feature < width; feature++) matrix[at(feature, k)] -= step * x[feature];
      }
    }
  }
  return weights;
}
