/**
 * Why onnxruntime did not load a model, in words that name what the operator can change. Pure; knows the sentences of
 * onnxruntime 1.2x and 1.30. What it does not know it returns as it is, without the place in onnxruntime's sources.
 */

/** Numbers of TensorProto.DataType. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
  1: 'FLOAT',
  2: 'UINT8',
  3: 'INT8',
  4: 'UINT16',
  5: 'INT16',
  6: 'INT32',
  7: 'INT64',
  8: 'STRING',
  9: 'BOOL',
  10: 'FLOAT16',
  11: 'DOUBLE',
  12: 'UINT32',
  13: 'UINT64',
  14: 'COMPLEX64',
  15: 'COMPLEX128',
  16: 'BFLOAT16',
  17: 'FLOAT8E4M3FN',
  18: 'FLOAT8E4M3FNUZ',
  19: 'FLOAT8E5M2',
  20: 'FLOAT8E5M2FNUZ',
  21: 'UINT4',
  22: 'INT4',
  23: 'FLOAT4E2M1',
  24: 'FLOAT8E8M0',
  25: 'UINT2',
  26: 'INT2',
};

const CAST = 'cast it inside the model, to FLOAT for example';

interface Known {
  readonly pattern: RegExp;
  readonly sentence: (...groups: string[]) => string;
}

const KNOWN: readonly Known[] = [
  {
    pattern: /Opset (\d+) is under development.*domain (\S+) is till opset (\d+)/s,
    sentence: (opset, domain, known) =>
      `the file uses opset ${opset} of ${domain}, and this onnxruntime knows it up to ${known}: ` +
      `export the model with opset ${known} or lower`,
  },
  {
    pattern: /Unsupported model IR version: (\d+), max supported IR version: (\d+)/,
    sentence: (version, known) =>
      `the file has ONNX IR version ${version}, and this onnxruntime knows up to ${known}: export the model with an older version of onnx`,
  },
  {
    pattern: /Unsupported data type: (\d+)/,
    sentence: (number) =>
      `an input or output has the type ${TYPE_NAMES[number] ?? `with number ${number}`}, which is not served: ${CAST}`,
  },
  {
    pattern: /MLDataType for: tensor\((\w+)\) is not currently registered or supported/,
    sentence: (type) =>
      `a value has the type ${type.toUpperCase()}, which onnxruntime does not know: ${CAST}`,
  },
  {
    pattern: /(?:Fatal error: )?([\w.]+):(\w+)\(-?\d+\) is not a registered function\/op/,
    sentence: (domain, operator) =>
      `the operator ${operator} of the domain ${domain} is not one of onnxruntime: ` +
      'export the model without custom operators; libraries of them are not loaded',
  },
  {
    pattern: /No Op registered for (\w+) with domain_version of (\d+)/,
    sentence: (operator, opset) =>
      `there is no operator ${operator} in opset ${opset}: export the model again`,
  },
  {
    pattern: /Could not find an implementation for (\w+)\((\d+)\)/,
    sentence: (operator, opset) =>
      `onnxruntime has no ${operator} (opset ${opset}) for the types that the model gives it, on this device`,
  },
  {
    pattern: /ModelProto does not have a graph/,
    sentence: () => 'the file is no ONNX model: it has no graph',
  },
  {
    pattern: /Protobuf parsing failed/,
    sentence: () => 'the file is no ONNX model, or is damaged: onnxruntime says "Protobuf parsing failed"',
  },
];

/** `message`: of the error that onnxruntime threw. */
export function explained(message: string): string {
  for (const { pattern, sentence } of KNOWN) {
    const match = pattern.exec(message);
    if (match !== null) return `${sentence(...match.slice(1))}.`;
  }
  return message
    .replace(/^Load model from \S+ failed:\s*/, '')
    .replace(/\S*\/onnxruntime\/\S+:\d+ /, '')
    .trim();
}
