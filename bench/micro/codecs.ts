/** What the main thread does with a body and with an answer: every codec, on bodies as clients send them. */
import type { AnswerFacts } from '../../src/task/task.ts';
import { encodeAnswer } from '../../src/protocol/oip/codec/answer/answer.ts';
import { decodeInfer } from '../../src/protocol/oip/codec/request/request.ts';
import { decodeImageBody } from '../../src/protocol/v1/codec/images/image.ts';
import { decodeJsonImages } from '../../src/protocol/v1/codec/images/json.ts';
import { decodeMultipart } from '../../src/protocol/v1/codec/images/multipart.ts';
import { encodeJsonTensors } from '../../src/protocol/v1/codec/tensors/outputs.ts';
import { encodeOne, encodeSeveral, type Scores } from '../../src/protocol/v1/codec/images/predictions.ts';
import { decodeRaw } from '../../src/protocol/v1/codec/tensors/raw.ts';
import { decodeJsonTensors } from '../../src/protocol/v1/codec/tensors/tensors.ts';
import { elementsOf, type TensorSpec } from '../../src/tensor/tensor.ts';
import { atOnce } from '../../src/slices.ts';
import type { Photograph } from '../../tools/photographs/sets.ts';
import { seededRandom } from '../../tools/random/seeded.ts';
import type { Work } from './timing.ts';

const LIMITS = { maxImages: 16, classes: 1000 };
const BOUNDARY = '----ortolan-bench';
const CONTENT_TYPE = `multipart/form-data; boundary=${BOUNDARY}`;
const ELEMENTS = 1024;
const ROWS: TensorSpec = { name: 'x', datatype: 'FP32', shape: [-1, ELEMENTS] };
/** A photograph as a tensor, 600 KB. */
const PIXELS: TensorSpec = { name: 'x', datatype: 'FP32', shape: [1, 3, 224, 224] };
const NOTHING = { datatype: undefined, shape: undefined };
const SCORES: Scores = {
  classes: [967, 504, 968, 969, 505],
  probabilities: [0.951_234, 0.021_3, 0.011_7, 0.004_2, 0.001_9],
};
const LABELS = Array.from({ length: LIMITS.classes }, (_, index) => `class ${index}`);
const ANSWER: AnswerFacts = {
  requestId: '6f882f10-fcaa-4138-a04d-1f949ffd6abe',
  model: { name: 'efficientnet-lite0', version: '1' },
  timings: { read: 0.412, queue: 1.034, decode: 1.217, infer: 8.406, post: 0.013, total: 11.23 },
  batch: { size: 2, reason: 'idle', width: 'narrow' },
};

/** @param photographs two of them, about as large as most are */
export function codecWorks([first, second]: readonly [Photograph, Photograph]): readonly Work[] {
  const form = formOf([first, second]);
  const json = Buffer.from(JSON.stringify({ image: first.bytes.toString('base64') }));
  const random = seededRandom(1);
  const row = Float32Array.from({ length: ELEMENTS }, random);
  const rawRow = Buffer.from(row.buffer);
  const jsonRow = Buffer.from(JSON.stringify({ inputs: { x: [Array.from(row)] } }));
  const pixels = Float32Array.from({ length: elementsOf(PIXELS.shape) }, random);
  const tensor = { ...PIXELS, data: new Uint8Array(pixels.buffer) };
  const model = { inputs: [PIXELS], outputs: [PIXELS] };
  const jsonPixels = Buffer.from(JSON.stringify({ inputs: [{ ...PIXELS, data: Array.from(pixels) }] }));
  const parameters = { binary_data_size: tensor.data.byteLength };
  const head = Buffer.from(JSON.stringify({ inputs: [{ ...PIXELS, parameters }] }));
  const binaryPixels = Buffer.concat([head, tensor.data]);
  const asked = { id: undefined, model: ANSWER.model };
  const size = (bytes: Uint8Array): string => `${Math.round(bytes.length / 1000)} KB`;
  return [
    { name: 'decode body: an image as it is', call: () => decodeImageBody(first.bytes) },
    {
      name: `decode body: a form of 2 images, ${size(form)}`,
      call: () => decodeMultipart(form, CONTENT_TYPE, LIMITS),
    },
    {
      name: `decode body: JSON with an image as base64, ${size(json)}`,
      call: () => decodeJsonImages(json, LIMITS),
    },
    { name: `decode body: ${ELEMENTS} FP32 as they are`, call: () => decodeRaw(rawRow, [ROWS], NOTHING) },
    { name: `decode body: JSON with ${ELEMENTS} FP32`, call: () => decodeJsonTensors(jsonRow, [ROWS]) },
    {
      name: `decode body: OIP, JSON with ${pixels.length} FP32, ${size(jsonPixels)}`,
      call: () => decodeInfer(jsonPixels, '', model),
    },
    {
      name: `decode body: OIP, ${pixels.length} FP32 in binary`,
      call: () => decodeInfer(binaryPixels, String(head.length), model),
    },
    { name: 'encode answer: 5 classes', call: () => encodeOne(ANSWER, LABELS, SCORES) },
    {
      name: 'encode answer: 2 images of 5 classes',
      call: () => encodeSeveral(ANSWER, LABELS, [SCORES, SCORES]),
    },
    {
      name: `encode answer: OIP, JSON with ${pixels.length} FP32`,
      call: () => atOnce(encodeAnswer(asked, [{ tensor, binary: false }])),
    },
    {
      name: `encode answer: OIP, ${pixels.length} FP32 in binary`,
      call: () => atOnce(encodeAnswer(asked, [{ tensor, binary: true }])),
    },
    {
      name: `encode answer: JSON with ${ELEMENTS} FP32`,
      call: () => atOnce(encodeJsonTensors(ANSWER, [{ ...ROWS, shape: [1, ELEMENTS], data: rawRow }])),
    },
  ];
}

function formOf(photographs: readonly Photograph[]): Buffer {
  const parts = photographs.flatMap(({ name, bytes, mediaType }) => [
    Buffer.from(
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="${name}"\r\n` +
        `Content-Type: ${mediaType}\r\n\r\n`,
    ),
    bytes,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...parts, Buffer.from(`--${BOUNDARY}--\r\n`)]);
}
