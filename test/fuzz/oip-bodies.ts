/** Bodies for the Open Inference Protocol: mostly right, and wrong in every place now and then. */
import fc from 'fast-check';
import {
  DATATYPE_NAMES,
  elementBytes,
  elementsOf,
  type Datatype,
  type TensorSpec,
} from '../../src/tensor/tensor.ts';
import type { ModelTensors } from '../../src/protocol/oip/codec/request/request.ts';

export const MODEL: ModelTensors = {
  inputs: [
    { name: 'x', datatype: 'FP32', shape: [-1, 2] },
    { name: 'n', datatype: 'INT64', shape: [-1] },
    { name: 'text', datatype: 'BYTES', shape: [-1] },
    { name: 'flag', datatype: 'BOOL', shape: [] },
  ],
  outputs: [
    { name: 'y', datatype: 'FP32', shape: [-1, 3] },
    { name: 'words', datatype: 'BYTES', shape: [-1] },
  ],
};

/** A body, and the header that says where its JSON ends. */
export interface Body {
  readonly header: string;
  readonly bytes: Buffer;
}

const NAMES = ['x', 'n', 'text', 'flag', 'y', 'words', 'half', '__proto__', 'constructor', '', 'é\0'];
const KEYS = [
  ...['id', 'parameters', 'inputs', 'outputs', 'name', 'shape', 'datatype', 'data', 'timeout', 'priority'],
  ...['binary_data', 'binary_data_size', 'binary_data_output', 'classification', 'sequence_id', 'triton_x'],
  ...['content_type', 'shared_memory_region', '__proto__', 'toString'],
];
const leaf = fc.oneof(
  fc.constantFrom<unknown>('', 'x', 'base64', 'QUJD', '9223372036854775808', 0, 1, -1, 1.5, Infinity, 1e39),
  fc.constantFrom<unknown>(true, false, null, 4294967296, 2 ** 53 + 2),
  fc.string(),
  fc.double(),
  fc.integer(),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 4 }),
  ),
}));
/** Mostly good, now and then anything. */
const mostly = <T>(good: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 99, arbitrary: good }, { weight: 1, arbitrary: value });
const maybe = <T>(good: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: mostly(good) });

const elementOf = (datatype: Datatype): fc.Arbitrary<unknown> => {
  if (datatype === 'BOOL') return fc.boolean();
  if (datatype === 'BYTES') return fc.constantFrom('QUJD', 'é', '', 'a b', '\ud800');
  if (datatype.startsWith('FP')) return fc.double({ noNaN: true, min: -1e38, max: 1e38 });
  return fc.oneof(fc.integer({ min: 0, max: 127 }), fc.constantFrom('7', '-9223372036854775808', 2 ** 60));
};

/** Elements as lists nested by the shape. */
function nest(elements: readonly unknown[], shape: readonly number[]): unknown {
  const [length, ...rest] = shape;
  if (length === undefined) return elements[0];
  const step = elementsOf(rest);
  return Array.from({ length }, (_, i) =>
    rest.length === 0 ? elements[i] : nest(elements.slice(i * step, (i + 1) * step), rest),
  );
}

interface Part {
  readonly input: Record<string, unknown>;
  readonly bytes: Buffer;
}

/** One that fits an input of the model. */
const fitting = ({ name, datatype, shape }: TensorSpec): fc.Arbitrary<TensorSpec> =>
  fc.nat({ max: 3 }).map((open) => ({
    name,
    datatype,
    shape: shape.map((length) => (length < 0 ? open : length)),
  }));

const any: fc.Arbitrary<TensorSpec> = fc.record({
  name: fc.constantFrom(...NAMES),
  datatype: fc.constantFrom(...DATATYPE_NAMES),
  shape: fc.array(fc.nat({ max: 3 }), { maxLength: 3 }),
});

const partOf = ({ name, datatype, shape }: TensorSpec): fc.Arbitrary<Part> => {
  const count = elementsOf(shape);
  const facts = { name: mostly(fc.constant(name)), datatype: mostly(fc.constant(datatype)) };
  const given = { ...facts, shape: mostly(fc.constant(shape)) };
  const inJson = fc
    .record({
      ...given,
      data: mostly(
        fc
          .tuple(fc.array(mostly(elementOf(datatype)), { minLength: count, maxLength: count }), fc.boolean())
          .map(([elements, flat]) => (flat && shape.length > 0 ? elements : nest(elements, shape))),
      ),
      parameters: maybe(fc.constantFrom<object>({}, { content_type: 'base64' }, { content_type: 'np' })),
    })
    .map((input): Part => ({ input, bytes: Buffer.alloc(0) }));
  const size = datatype === 'BYTES' ? count * 5 : count * elementBytes(datatype);
  const binary = fc
    .tuple(
      fc.record(given),
      mostly(fc.constant(size)),
      fc.uint8Array({ minLength: size, maxLength: size }),
      fc.boolean(),
    )
    .map(([input, binary_data_size, random, wellFormed]): Part => {
      const bytes = Buffer.from(random);
      if (datatype === 'BYTES' && wellFormed) {
        for (let i = 0; i < count; i++) bytes.writeUInt32LE(1, i * 5);
      }
      return { input: { ...input, parameters: { binary_data_size } }, bytes };
    });
  return fc.oneof(inJson, binary);
};

const parts: fc.Arbitrary<readonly Part[]> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .constantFrom(MODEL.inputs, MODEL.inputs.slice(0, 1))
      .chain((specs) => fc.shuffledSubarray([...specs], { minLength: specs.length }))
      .chain((specs) => fc.tuple(...specs.map((spec) => fitting(spec).chain(partOf)))),
  },
  {
    weight: 1,
    arbitrary: fc.array(fc.oneof(any, fc.constantFrom(...MODEL.inputs).chain(fitting)).chain(partOf), {
      maxLength: 4,
    }),
  },
);

const output = fc.record({
  name: mostly(fc.constantFrom('y', 'y', 'words')),
  parameters: maybe(
    fc.record(
      { binary_data: mostly(fc.boolean()), classification: mostly(fc.nat({ max: 4 })) },
      { requiredKeys: [] },
    ),
  ),
});

const request = fc
  .record({
    parts,
    id: maybe(fc.string()),
    parameters: maybe(
      fc.record(
        {
          timeout: mostly(fc.nat()),
          priority: mostly(fc.nat({ max: 4 })),
          binary_data_output: mostly(fc.boolean()),
        },
        { requiredKeys: [] },
      ),
    ),
    outputs: maybe(fc.array(output, { maxLength: 3 })),
    extra: maybe(value),
  })
  .map(({ parts: all, ...rest }): Body => {
    const text = Buffer.from(JSON.stringify({ inputs: all.map(({ input }) => input), ...rest }));
    const binary = Buffer.concat(all.map(({ bytes }) => bytes));
    const withHeader = binary.length > 0 || all.length % 2 === 0;
    return { header: withHeader ? String(text.length) : '', bytes: Buffer.concat([text, binary]) };
  });

/** With a piece cut out, put in or changed, or with another header. */
const damaged = fc
  .tuple(request, fc.nat(), fc.nat(3), fc.uint8Array({ maxLength: 3 }), fc.option(fc.nat(200), { freq: 3 }))
  .map(([{ header, bytes }, at, length, piece, other]): Body => {
    const from = at % (bytes.length + 1);
    const changed = Buffer.concat([bytes.subarray(0, from), piece, bytes.subarray(from + length)]);
    return { header: other === null ? header : String(other), bytes: changed };
  });

export const body: fc.Arbitrary<Body> = fc.oneof(
  { weight: 6, arbitrary: request },
  { weight: 5, arbitrary: damaged },
  {
    weight: 1,
    arbitrary: fc.record({
      header: fc.oneof(fc.constantFrom('', '0', '2', '-1', 'x'), fc.string({ maxLength: 3 })),
      bytes: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    }),
  },
  {
    weight: 1,
    arbitrary: value.map((one): Body => ({ header: '', bytes: Buffer.from(JSON.stringify(one) ?? '') })),
  },
);
