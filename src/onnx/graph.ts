/** The main graph of an ONNX model as nodes, constants, inputs and outputs, read from its bytes. graph-change.ts makes copies with changes. */
import { externalFilesIn } from './external-data.ts';
import { GRAPH, MODEL, NODE } from './fields.ts';
import { tensorAt, type Initialiser } from './initialisers.ts';
import { broken, BYTES, fieldsIn, numbersOf, textOf, VARINT, type Field } from './wire.ts';

export interface GraphNode {
  readonly op: string;
  /** Empty for operators of ONNX itself. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** By name: the fields of the attribute. */
  readonly attributes: ReadonlyMap<string, readonly Field[]>;
  readonly field: Field;
}

export interface GraphInput {
  readonly name: string;
  /** TensorProto.DataType; 0 where it is no tensor. */
  readonly type: number;
  /** A number, or the name of a length that is open; undefined: no shape is declared. */
  readonly shape: readonly (number | string)[] | undefined;
  /** The lengths as they lie in the file. */
  readonly sides: readonly Field[];
  readonly field: Field;
}

export interface OnnxGraph {
  readonly bytes: Uint8Array;
  /** Version of ONNX's own operators. */
  readonly opset: number;
  /** Whether it has a graph within a node, functions or training steps: names may be read in places that are not listed here. */
  readonly nested: boolean;
  readonly nodes: readonly GraphNode[];
  readonly constants: ReadonlyMap<string, Initialiser>;
  /** Without those that have a constant of the same name. */
  readonly inputs: readonly GraphInput[];
  /** Names of inputs whose constants a caller may replace. */
  readonly defaults: ReadonlySet<string>;
  readonly outputs: readonly string[];
  readonly field: Field;
}

/** Fields of an attribute that hold a graph, or several. */
const SUBGRAPHS: readonly number[] = [6, 11];

/** @throws ExternalDataError where the bytes are no ONNX model with one graph */
export function readGraph(bytes: Uint8Array): OnnxGraph {
  let [opset, nested] = [1, false];
  const graphs: Field[] = [];
  for (const field of fieldsIn(bytes, 0, bytes.byteLength)) {
    if (field.number === MODEL.graph && field.wire === BYTES) graphs.push(field);
    if (field.number === MODEL.opset && field.wire === BYTES) opset = opsetOf(bytes, field) ?? opset;
    if (field.number === MODEL.training || field.number === MODEL.functions) nested = true;
  }
  const [graph] = graphs;
  if (graph === undefined || graphs.length > 1) throw broken(`it has ${graphs.length} graphs`);
  const nodes: GraphNode[] = [];
  const constants = new Map<string, Initialiser>();
  const inputs: GraphInput[] = [];
  const outputs: string[] = [];
  for (const field of fieldsIn(bytes, graph.start, graph.end)) {
    if (field.wire !== BYTES) continue;
    if (field.number === GRAPH.node) nodes.push(nodeAt(bytes, field));
    if (field.number === GRAPH.input) inputs.push(inputAt(bytes, field));
    if (field.number === GRAPH.output) outputs.push(nameOf(bytes, field));
    if (field.number === GRAPH.sparse) nested = true;
    if (field.number !== GRAPH.constant) continue;
    const constant = tensorAt(bytes, field);
    constants.set(constant.name, constant);
  }
  const fields = nodes.flatMap(({ attributes }) => [...attributes.values()].flat());
  return {
    bytes,
    opset,
    nested: nested || fields.some(({ number }) => SUBGRAPHS.includes(number)),
    nodes,
    constants,
    inputs: inputs.filter(({ name }) => !constants.has(name)),
    defaults: new Set(inputs.filter(({ name }) => constants.has(name)).map(({ name }) => name)),
    outputs,
    field: graph,
  };
}

/** Whether weights lie in other files. @throws ExternalDataError */
export const hasExternalData = ({ bytes }: Pick<OnnxGraph, 'bytes'>): boolean =>
  externalFilesIn(bytes, '/model.onnx').length > 0;

function opsetOf(bytes: Uint8Array, { start, end }: Field): number | undefined {
  let [domain, version] = ['', 1];
  for (const field of fieldsIn(bytes, start, end)) {
    if (field.number === 1) domain = textOf(bytes, field);
    if (field.number === 2 && field.wire === VARINT) version = field.value;
  }
  return domain === '' || domain === 'ai.onnx' ? version : undefined;
}

function nodeAt(bytes: Uint8Array, field: Field): GraphNode {
  const found = { op: '', domain: '', inputs: [] as string[], outputs: [] as string[] };
  const attributes = new Map<string, readonly Field[]>();
  for (const inner of fieldsIn(bytes, field.start, field.end)) {
    if (inner.wire !== BYTES) continue;
    if (inner.number === NODE.input) found.inputs.push(textOf(bytes, inner));
    if (inner.number === NODE.output) found.outputs.push(textOf(bytes, inner));
    if (inner.number === NODE.op) found.op = textOf(bytes, inner);
    if (inner.number === NODE.domain) found.domain = textOf(bytes, inner);
    if (inner.number === NODE.attribute) {
      attributes.set(nameOf(bytes, inner), [...fieldsIn(bytes, inner.start, inner.end)]);
    }
  }
  return { ...found, domain: found.domain === 'ai.onnx' ? '' : found.domain, attributes, field };
}

/** Field 1 of attributes and of values. */
export function nameOf(bytes: Uint8Array, { start, end }: Field): string {
  for (const field of fieldsIn(bytes, start, end)) if (field.number === 1) return textOf(bytes, field);
  return '';
}

function inputAt(bytes: Uint8Array, field: Field): GraphInput {
  const within = (fields: readonly Field[], number: number): Field[] =>
    fields
      .filter((one) => one.number === number && one.wire === BYTES)
      .flatMap(({ start, end }) => [...fieldsIn(bytes, start, end)]);
  // ValueInfoProto.type.tensor_type: its element type, and its shape with one message for each side.
  const tensor = within(within([...fieldsIn(bytes, field.start, field.end)], 2), 1);
  const type = tensor.find(({ number, wire }) => number === 1 && wire === VARINT)?.value ?? 0;
  const hasShape = tensor.some(({ number }) => number === 2);
  const sides = within(tensor, 2).filter(({ number, wire }) => number === 1 && wire === BYTES);
  const side = ({ start, end }: Field): number | string => {
    let length: number | string = '';
    for (const one of fieldsIn(bytes, start, end)) {
      if (one.number === 1 && one.wire === VARINT) length = one.value;
      if (one.number === 2 && one.wire === BYTES) length = textOf(bytes, one);
    }
    return length;
  };
  return { name: nameOf(bytes, field), type, shape: hasShape ? sides.map(side) : undefined, sides, field };
}

/** The whole number of an attribute. */
export const numberIn = ({ attributes }: GraphNode, name: string): number | undefined =>
  attributes.get(name)?.find(({ number, wire }) => number === 3 && wire === VARINT)?.value;

/** The list of whole numbers of an attribute. */
export const numbersIn = (
  { bytes }: OnnxGraph,
  { attributes }: GraphNode,
  name: string,
): number[] | undefined =>
  attributes
    .get(name)
    ?.filter(({ number }) => number === 8)
    .flatMap((field) => numbersOf(bytes, field));

/** The 32-bit floats of a constant, by the name of the constant or of what a node Constant gives; and its shape. */
export function floatsOf(
  { bytes, constants, defaults, nodes }: OnnxGraph,
  name: string,
): { readonly shape: readonly number[]; readonly values: Float32Array } | undefined {
  const maker = nodes.find(
    ({ op, domain, outputs }) => op === 'Constant' && domain === '' && outputs[0] === name,
  );
  const tensor = maker?.attributes.get('value')?.find(({ number, wire }) => number === 5 && wire === BYTES);
  const constant = tensor === undefined ? constants.get(name) : tensorAt(bytes, tensor);
  if (defaults.has(name) || constant?.floats === undefined || constant.floats.location !== undefined)
    return undefined;
  const { offset, length } = constant.floats;
  const values = new Float32Array(new Uint8Array(bytes.subarray(offset, offset + length)).buffer);
  return { shape: constant.shape, values };
}
