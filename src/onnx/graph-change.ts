/** A copy of an ONNX model with some of its graph changed: all else is copied byte by byte, also what is not understood here. */
import { FLOAT, GRAPH, MODEL, NODE } from './fields.ts';
import { nameOf, type GraphInput, type GraphNode, type OnnxGraph } from './graph.ts';
import { tensorAt } from './initialisers.ts';
import { BYTES, fieldsIn, integer, message, text, textOf, type Field } from './wire.ts';

export interface GraphChange {
  /** Nodes that are left out; constants that only they read are left out too. */
  readonly without: ReadonlySet<GraphNode>;
  /** Old and new names of what the other nodes read. */
  readonly renamed: ReadonlyMap<string, string>;
  /** Inputs that are declared otherwise. */
  readonly inputs: ReadonlyMap<GraphInput, Buffer>;
}

/** A copy of the model with the change. */
export function changed(graph: OnnxGraph, { without, renamed, inputs }: GraphChange): Buffer {
  const { bytes, field: own, nodes } = graph;
  const kept = nodes.filter((node) => !without.has(node));
  const read = new Set([...kept.flatMap((node) => node.inputs), ...graph.outputs]);
  const gone = new Set([...without].flatMap(({ outputs }) => outputs));
  const unread = new Set(
    [...without]
      .flatMap((node) => node.inputs)
      .filter((name) => graph.constants.has(name) && !read.has(name)),
  );
  const byField = new Map(nodes.map((node) => [node.field.from, node]));
  const declared = new Map([...inputs].map(([{ field }, value]) => [field.from, value]));
  const parts: Uint8Array[] = [];
  for (const field of fieldsIn(bytes, own.start, own.end)) {
    const node = field.number === GRAPH.node ? byField.get(field.from) : undefined;
    if (node !== undefined && without.has(node)) continue;
    if (field.number === GRAPH.value && gone.has(nameOf(bytes, field))) continue;
    if (field.number === GRAPH.constant && unread.has(tensorAt(bytes, field).name)) continue;
    const renames = node?.inputs.some((name) => renamed.has(name)) === true;
    parts.push(
      renames
        ? withNames(bytes, node, renamed)
        : (declared.get(field.from) ?? bytes.subarray(field.from, field.end)),
    );
  }
  return Buffer.concat([
    bytes.subarray(0, own.from),
    message(MODEL.graph, ...parts),
    bytes.subarray(own.end),
  ]);
}

function withNames(bytes: Uint8Array, { field }: GraphNode, renamed: ReadonlyMap<string, string>): Buffer {
  const parts: Uint8Array[] = [];
  for (const inner of fieldsIn(bytes, field.start, field.end)) {
    const name =
      inner.number === NODE.input && inner.wire === BYTES ? renamed.get(textOf(bytes, inner)) : undefined;
    parts.push(name === undefined ? bytes.subarray(inner.from, inner.end) : text(NODE.input, name));
  }
  return message(GRAPH.node, ...parts);
}

/** The declaration of an input of 32-bit floats. `sides`: its lengths, as they lie in the file. */
export function floatInput({ bytes }: OnnxGraph, name: string, sides: readonly Field[]): Buffer {
  const shape = message(2, ...sides.map(({ from, end }) => bytes.subarray(from, end)));
  return message(GRAPH.input, text(1, name), message(2, message(1, integer(1, FLOAT), shape)));
}
