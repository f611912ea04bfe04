/** Whatever the bytes, the codec of the Open Inference Protocol ends in a request that fits or in a ServingError. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { ServingError } from '../../src/errors.ts';
import { encodeAnswer, type EncodedAnswer } from '../../src/protocol/oip/codec/answer/answer.ts';
import { atOnce } from '../../src/slices.ts';
import { imagesIn } from '../../src/protocol/oip/codec/request/images.ts';
import { decodeInfer, type InferRequest } from '../../src/protocol/oip/codec/request/request.ts';
import { fitted } from '../../src/tensor/fit.ts';
import { elementsOfBytes } from '../../src/tensor/strings.ts';
import { DATATYPE_NAMES, elementBytes, elementsOf, type Tensor } from '../../src/tensor/tensor.ts';
import { body, MODEL, type Body } from './oip-bodies.ts';
import { runs } from './runs.ts';

const POINTER = /^(?:\/(?:[^~/]|~[01])*)*$/;
const STATUSES = new Set([400, 413]);
const ONE = { inputs: [MODEL.inputs[0]!], outputs: MODEL.outputs };

/** The code of the error, or `ok`; throws what is neither a good request nor a good error. */
function endOf({ header, bytes }: Body, model = MODEL): string {
  try {
    check(decodeInfer(bytes, header, model), model);
    return 'ok';
  } catch (error) {
    if (!(error instanceof ServingError)) throw error;
    if (!STATUSES.has(error.status) || !POINTER.test(error.pointer ?? '') || error.message.length > 1000) {
      throw new Error(`${error.status} ${error.pointer} ${error.message}`, { cause: error });
    }
    JSON.parse(JSON.stringify(error.message));
    return error.code;
  }
}

function check({ inputs, outputs, timeoutMs, priority, id }: InferRequest, model: typeof MODEL): void {
  const images = imagesIn(inputs, [{ ...model.inputs[0]!, datatype: 'UINT8' }], 4);
  const right =
    fitted(inputs, model.inputs).every(sound) &&
    outputs.every(({ classes }) => classes === undefined || classes > 0) &&
    (timeoutMs === undefined || timeoutMs > 0) &&
    priority >= 0 &&
    id !== '' &&
    (images === undefined || images.images.length > 0);
  if (!right) throw new Error('a request that is not sound');
}

const sound = ({ datatype, shape, data }: Tensor): boolean =>
  datatype === 'BYTES'
    ? elementsOfBytes(data).length === elementsOf(shape)
    : data.length === elementsOf(shape) * elementBytes(datatype);

t.test('any body ends in tensors that fit the model or a ServingError', async (t) => {
  const ends = new Map<string, number>();
  fc.assert(
    fc.property(body, fc.boolean(), (one, all) => {
      const end = endOf(one, all ? MODEL : ONE);
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }),
    { numRuns: runs(3000) },
  );
  t.comment(JSON.stringify(Object.fromEntries(ends)));
  for (const end of ['ok', 'BAD_JSON', 'BAD_FIELD', 'BAD_SHAPE', 'BAD_HEADER']) t.ok(ends.has(end), end);
});

t.test('bodies that were found by their ends keep them', async (t) => {
  const file = new URL('../fixtures/oip-bodies.json', import.meta.url);
  const kept = JSON.parse(readFileSync(file, 'utf8')) as { end: string; header: string; body: string }[];
  t.ok(kept.length > 50);
  for (const { end, header, body: base64 } of kept) {
    t.equal(endOf({ header, bytes: Buffer.from(base64, 'base64') }), end, base64);
  }
});

const numeric = fc
  .record({
    datatype: fc.constantFrom(...DATATYPE_NAMES.filter((name) => name !== 'BYTES')),
    shape: fc.array(fc.nat({ max: 3 }), { maxLength: 3 }),
    name: fc.string(),
  })
  .chain(({ datatype, shape, name }) => {
    const size = elementsOf(shape) * elementBytes(datatype);
    return fc.uint8Array({ minLength: size, maxLength: size }).map((data): Tensor => ({
      name,
      datatype,
      shape,
      data: datatype === 'BOOL' ? data.map((b) => b % 2) : data,
    }));
  });

t.test('an answer is JSON, or JSON and its bytes, or an error, and says what the outputs were', async () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(numeric, fc.boolean()), { maxLength: 3 }), (outputs) => {
      const given = outputs.map(([tensor, binary]) => ({
        tensor,
        binary: binary || tensor.datatype === 'FP16',
      }));
      let encoded: EncodedAnswer;
      try {
        encoded = atOnce(encodeAnswer({ id: undefined, model: { name: 'm', version: '1' } }, given));
      } catch (error) {
        return error instanceof ServingError && error.code === 'NOT_FINITE';
      }
      const [length] = encoded.headers.map(([, value]) => Number(value));
      const bytes = Buffer.from(encoded.body as string);
      const json = JSON.parse(bytes.subarray(0, length).toString()) as { outputs: { shape: number[] }[] };
      const rest = bytes.subarray(length ?? bytes.length);
      const binary = Buffer.concat(given.filter((one) => one.binary).map(({ tensor }) => tensor.data));
      return json.outputs.length === given.length && rest.equals(binary);
    }),
    { numRuns: runs(3000) },
  );
});
