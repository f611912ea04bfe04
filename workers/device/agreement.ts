/** How far the answers of a device are from the CPU's. */
import { elementsIn } from '../../src/tensor/tensor.ts';
import { pairsOfRows, type Trial } from '../probe.ts';
import type { Signature } from '../signature.ts';
import type { Run } from '../values.ts';

/**
 * Runs a made-up row on both. Returns the largest difference of a float, over the largest float of its output; Infinity where
 * only one of them is finite; undefined where nothing can be compared.
 * @throws Error when a run fails
 */
export async function differenceOf(
  signature: Signature,
  trial: Trial | null | undefined,
  device: Run,
  cpu: Run,
): Promise<number | undefined> {
  if (trial === null || trial === undefined || signature.rowAxis.kind === 'none') return undefined;
  const row = pairsOfRows(signature, trial)[0]!.each[0]!;
  const here = await device(row);
  const there = await cpu(row);
  const differences = signature.outputs.flatMap(({ datatype }, index) =>
    datatype === 'FP32' || datatype === 'FP64'
      ? [largest(elementsIn(datatype, here[index]!.data), elementsIn(datatype, there[index]!.data))]
      : [],
  );
  return differences.length === 0 ? undefined : Math.max(...differences);
}

type Floats = ArrayLike<number | bigint>;

function largest(here: Floats, there: Floats): number {
  if (here.length !== there.length) return Infinity;
  let most = 0;
  let apart = 0;
  for (let index = 0; index < there.length; index++) {
    const a = Number(here[index]);
    const b = Number(there[index]);
    if (Object.is(a, b)) continue;
    if (!Number.isFinite(a) || !Number.isFinite(b)) return Infinity;
    apart = Math.max(apart, Math.abs(a - b));
    most = Math.max(most, Math.abs(b));
  }
  return apart === 0 ? 0 : apart / (most || 1);
}
