/** Runs a batch of tensors in place in the slab, without a copy, and splits the outputs by entry. */
import type { Failure } from '../../src/errors.ts';
import { elementBytes, elementsOf, type TensorSpec } from '../../src/tensor/tensor.ts';
import { bytesOfElements, elementsOfBytes } from '../../src/tensor/strings.ts';
import type { Width } from '../../src/thread/load.ts';
import type { BatchResult, BatchTask, ItemResult, Output } from '../../src/thread/messages.ts';
import type { Instance } from '../instances.ts';
import { valueOf, type Value } from '../values.ts';
import { ProcessDied } from '../isolation/process-died.ts';
import { failureOfRun } from './run-failure.ts';

type Tensors = Extract<BatchTask['payload'], { kind: 'tensors' }>;

/**
 * Runs the entries of a batch together. When that fails, each is run by itself: the input of one, such as an index that is
 * out of range, must not fail the others.
 */
export async function runTensors(
  instance: Instance,
  width: Width,
  bytes: Uint8Array,
  { inputs, rows }: Tensors,
): Promise<BatchResult> {
  const started = performance.now();
  const specs = instance.session.report.inputs;
  const values = inputs.map(({ offset, length, shape }, index) =>
    valueOf(specs[index]!.datatype, shape, bytes.subarray(offset, offset + length)),
  );
  const together = await run(instance, values, width);
  const inferred = performance.now();
  const items = isFailure(together)
    ? await eachAlone(instance, width, values, rows, together)
    : split(together, rows, instance.session.report.outputs);
  const done = items ?? (await eachAlone(instance, width, values, rows, OTHER_ROWS));
  return {
    kind: 'done',
    items: done,
    decodeMs: 0,
    decodeMsOf: [],
    inferMs: inferred - started,
    postMs: performance.now() - inferred,
  };
}

type Ran = readonly Output[] | Failure;

const isFailure = (ran: Ran): ran is Failure => 'code' in ran;

const OTHER_ROWS: Failure = { code: 'INTERNAL', detail: 'the model has returned another number of rows' };

async function run({ session }: Instance, values: readonly Value[], width: Width): Promise<Ran> {
  try {
    return await session.run(values, width);
  } catch (error) {
    if (error instanceof ProcessDied) throw error; // The whole batch is lost: the one at fault would end it again.
    return failureOfRun(error);
  }
}

/** `together`: why they could not be run together, which is the failure of one that was alone. */
async function eachAlone(
  instance: Instance,
  width: Width,
  values: readonly Value[],
  rows: readonly number[],
  together: Failure,
): Promise<readonly ItemResult[]> {
  if (rows.length === 1) return [{ kind: 'failure', ...together }];
  const items: ItemResult[] = [];
  let from = 0;
  for (const count of rows) {
    const own = values.map((value) => rowsOfValue(value, from, count));
    const ran = await run(instance, own, width);
    items.push(isFailure(ran) ? { kind: 'failure', ...ran } : { kind: 'outputs', outputs: ran });
    from += count;
  }
  return items;
}

function rowsOfValue({ datatype, shape, data }: Value, from: number, count: number): Value {
  const [, ...rest] = shape;
  const step = elementsOf(rest);
  const end = (from + count) * step;
  const own = Array.isArray(data)
    ? (data as readonly string[]).slice(from * step, end)
    : (data as Uint8Array).subarray(from * step, end);
  return { datatype, shape: [count, ...rest], data: own };
}

/** The outputs of each entry; undefined when an output has another number of rows than the entries have together. */
function split(
  outputs: readonly Output[],
  rows: readonly number[],
  specs: readonly TensorSpec[],
): readonly ItemResult[] | undefined {
  if (rows.length === 1) return [{ kind: 'outputs', outputs }];
  const all = rows.reduce((sum, count) => sum + count, 0);
  if (outputs.some(({ shape }) => shape[0] !== all)) return undefined;
  const parts = outputs.map((output, index) => partsOf(output, rows, specs[index]!));
  return rows.map((_, entry) => ({ kind: 'outputs', outputs: parts.map((part) => part[entry]!) }));
}

/** Copies: what is posted to another thread is the whole memory behind a view. */
function partsOf({ shape, data }: Output, rows: readonly number[], { datatype }: TensorSpec): Output[] {
  const rest = shape.slice(1);
  const step = elementsOf(rest);
  const texts = datatype === 'BYTES' ? elementsOfBytes(data) : undefined;
  const bytes = step * elementBytes(datatype);
  let from = 0;
  return rows.map((count) => {
    const end = from + count;
    const own =
      texts === undefined
        ? data.slice(from * bytes, end * bytes)
        : bytesOfElements(texts.slice(from * step, end * step));
    from = end;
    return { shape: [count, ...rest], data: own };
  });
}
