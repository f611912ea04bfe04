/**
 * A model as it is opened in its place: its graph with what each rewrite has changed. Models that a rewrite is not made for are left
 * as they are: other operator sets, several inputs, control flow, weights in other files.
 */
import { ExternalDataError } from '../../src/onnx/external-data.ts';
import { hasExternalData, readGraph, type OnnxGraph } from '../../src/onnx/graph.ts';
import { withoutPixelInput, type PixelInput } from './pixel-input.ts';

/** The arithmetic operators broadcast as they do now since 7; onnxruntime 1.30 knows no later set than the last. */
const OPSETS = { first: 7, last: 26 } as const;

export interface Rewritten {
  readonly bytes: Buffer;
  /** Names of the rewrites. */
  readonly applied: readonly string[];
  readonly pixels: PixelInput;
}

/** Undefined where no rewrite is of use, or the model is none that is understood here. */
export function rewritten(model: Uint8Array): Rewritten | undefined {
  const graph = graphOf(model);
  if (graph === undefined) return undefined;
  const { opset, nested } = graph;
  if (nested || opset < OPSETS.first || opset > OPSETS.last) return undefined;
  const head = withoutPixelInput(graph);
  return head && { ...head, applied: ['pixel-input'] };
}

/** Whether it can be opened is for onnxruntime to say. */
function graphOf(model: Uint8Array): OnnxGraph | undefined {
  try {
    const graph = readGraph(model);
    return hasExternalData(graph) ? undefined : graph;
  } catch (error) {
    if (error instanceof ExternalDataError) return undefined;
    throw error;
  }
}
