/**
 * Takes off the head of a graph that reads pixels: the casts, the transposition and the arithmetic with constants between an input
 * of bytes and the first layer. What they do to each of the 256 values of a byte is known beforehand, so that the thread that
 * has decoded an image writes the floats that the first layer reads, in the pass that lays out its pixels, instead of
 * onnxruntime in three or four passes over them. The floats are those of the operators bit for bit. Pure.
 */
import { changed, floatInput } from '../../src/onnx/graph-change.ts';
import { FLOAT, UINT8 } from '../../src/onnx/fields.ts';
import {
  floatsOf,
  numberIn,
  numbersIn,
  type GraphInput,
  type GraphNode,
  type OnnxGraph,
} from '../../src/onnx/graph.ts';
import { tablesOf, type PixelStep, type PixelSteps } from '../image/pixel-steps.ts';

/** Where the channels are: behind the sides of the image, or before them. */
export type Layout = 'NHWC' | 'NCHW';

/** What the input of the graph was, and what has to be done to it. */
export interface PixelInput {
  readonly name: string;
  readonly from: Layout;
  readonly to: Layout;
  readonly steps: PixelSteps;
}

const CHANNELS = 3;
const CHANNEL_AXIS: Readonly<Record<Layout, number>> = { NHWC: 3, NCHW: 1 };
/** Attribute perm of the transposition from NHWC to NCHW. */
const TO_PLANES = [0, 3, 1, 2];
const ARITHMETIC: Readonly<Record<string, PixelStep['op']>> = {
  Add: 'Add',
  Sub: 'Sub',
  Mul: 'Mul',
  Div: 'Div',
};

/** The head as far as it has been followed. */
interface Head {
  readonly nodes: Set<GraphNode>;
  readonly steps: PixelStep[];
  /** Name of the tensor behind it. */
  tensor: string;
  layout: Layout;
  isFloat: boolean;
}

/** Undefined for a graph without such a head. */
export function withoutPixelInput(
  graph: OnnxGraph,
): { readonly bytes: Buffer; readonly pixels: PixelInput } | undefined {
  const [input] = graph.inputs;
  if (input === undefined || graph.inputs.length > 1 || input.type !== UINT8) return undefined;
  const from = layoutOf(input);
  if (from === undefined) return undefined;
  const head: Head = { nodes: new Set(), steps: [], tensor: input.name, layout: from, isFloat: false };
  for (
    let next = after(graph, head);
    next !== undefined && takes(graph, head, next);
    next = after(graph, head)
  ) {
    head.nodes.add(next);
    head.tensor = next.outputs[0]!;
  }
  const { layout: to, steps, nodes, tensor, isFloat } = head;
  if (!isFloat || graph.outputs.includes(tensor)) return undefined;
  if (tablesOf(steps).some((table) => !table.every(Number.isFinite))) return undefined;
  const sides = from === to ? input.sides : TO_PLANES.map((axis) => input.sides[axis]!);
  const bytes = changed(graph, {
    without: nodes,
    renamed: new Map([[tensor, input.name]]),
    inputs: new Map([[input, floatInput(graph, input.name, sides)]]),
  });
  return { bytes, pixels: { name: input.name, from, to, steps } };
}

/** Undefined where it is not plain which axis has the channels. */
function layoutOf({ shape }: GraphInput): Layout | undefined {
  if (shape?.length !== 4) return undefined;
  const [planes, pixels] = [shape[1] === CHANNELS, shape[3] === CHANNELS];
  if (planes === pixels) return undefined;
  return planes ? 'NCHW' : 'NHWC';
}

/** The only node that reads the tensor; undefined where it ends: there are several, or it is an output. */
function after({ nodes, outputs }: OnnxGraph, { tensor }: Head): GraphNode | undefined {
  const readers = nodes.filter(({ inputs }) => inputs.includes(tensor));
  return readers.length === 1 && !outputs.includes(tensor) ? readers[0] : undefined;
}

/** Whether the node belongs to the head; notes what it does. */
function takes(graph: OnnxGraph, head: Head, node: GraphNode): boolean {
  if (node.domain !== '' || node.outputs.length !== 1) return false;
  switch (node.op) {
    case 'Cast':
      if (numberIn(node, 'to') !== FLOAT) return false;
      head.isFloat = true;
      return true;
    case 'Transpose':
      if (head.layout !== 'NHWC' || numbersIn(graph, node, 'perm')?.join() !== TO_PLANES.join()) return false;
      head.layout = 'NCHW';
      return true;
    default: {
      const step = head.isFloat ? stepOf(graph, head, node) : undefined;
      if (step !== undefined) head.steps.push(step);
      return step !== undefined;
    }
  }
}

function stepOf(graph: OnnxGraph, { tensor, layout }: Head, node: GraphNode): PixelStep | undefined {
  const op = ARITHMETIC[node.op];
  const [left, right] = node.inputs;
  if (op === undefined || left === undefined || right === undefined || left === right) return undefined;
  const reversed = right === tensor;
  const constant = floatsOf(graph, reversed ? left : right);
  const by = constant && channelsOf(constant.shape, constant.values, layout);
  return by && { op, by, ...(reversed && { reversed }) };
}

/** What a constant is for each channel; undefined where it differs within one, or makes a tensor of more axes. */
function channelsOf(
  shape: readonly number[],
  values: Float32Array,
  layout: Layout,
): readonly number[] | undefined {
  if (shape.length > 4) return undefined;
  if (values.length === 1) return [values[0]!, values[0]!, values[0]!];
  const axis = CHANNEL_AXIS[layout] - (4 - shape.length);
  return values.length === CHANNELS && shape[axis] === CHANNELS ? [...values] : undefined;
}
