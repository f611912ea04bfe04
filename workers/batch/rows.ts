/** Runs a batch of rows in place in the slab, without a copy, and splits the outputs by entry. */
import { elementsPerRow } from '../../src/tensor/tensor.ts';
import type { Width } from '../../src/thread/load.ts';
import type { BatchResult, BatchTask, ItemResult } from '../../src/thread/messages.ts';
import type { Instance } from '../instances.ts';
import { rowsOf } from '../session.ts';

type Rows = Extract<BatchTask['payload'], { kind: 'rows' }>;

/** `spans`: one range of `bytes` per input of the model; `rowsOfEntry`: the number of rows of each entry. */
export async function runRows(
  { session }: Instance,
  width: Width,
  bytes: Uint8Array,
  spans: Rows['inputs'],
  rowsOfEntry: Rows['rows'],
): Promise<BatchResult> {
  const { inputs, outputs } = session.report;
  const rows = rowsOfEntry.reduce((sum, count) => sum + count, 0);
  const started = performance.now();
  const views = inputs.map((spec, index) => {
    const { offset, length } = spans[index]!;
    return rowsOf(spec, bytes.subarray(offset, offset + length), rows);
  });
  const results = await session.run(views, rows, width);
  const inferred = performance.now();
  let from = 0;
  const items = rowsOfEntry.map((count): ItemResult => {
    const cut = outputs.map((spec, index) => {
      const elements = elementsPerRow(spec);
      return results[index]!.slice(from * elements, (from + count) * elements).buffer;
    });
    from += count;
    return { kind: 'outputs', outputs: cut };
  });
  return {
    kind: 'done',
    items,
    decodeMs: 0,
    decodeMsOf: [],
    inferMs: inferred - started,
    postMs: performance.now() - inferred,
  };
}
