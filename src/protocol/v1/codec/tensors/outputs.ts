/**
 * The answer of a tensor model: nested JSON lists of [rows, ...shape], or the raw rows of its one output. JSON has
 * no NaN and no infinity, so these become null; raw bytes keep them.
 */
import type { TensorSpec, TensorView } from '../../../../tensor/tensor.ts';
import { elementsPerRow, viewOf } from '../../../../tensor/tensor.ts';
import type { AnswerFacts } from '../../../../task/task.ts';
import { head, tail } from '../answer.ts';

/**
 * Whether the answer is to be raw bytes: the caller takes application/octet-stream, and there is one output.
 * @param accept the header, which may be missing.
 */
export const wantsRawRows = (accept: string | undefined, specs: readonly TensorSpec[]): boolean =>
  specs.length === 1 &&
  (accept ?? '')
    .split(',')
    .some((type) => type.split(';', 1)[0]?.trim().toLowerCase() === 'application/octet-stream');

/**
 * `{request_id, model, outputs: {name: lists}, timings_ms, batch}`. Numbers are written so that parsing gives back
 * the same value; integers of 64 bits are numbers too, which some JSON parsers round beyond 2^53.
 * @param outputs one buffer of `rows` little-endian rows for each of `specs`, as the worker returns them.
 */
export function encodeJsonTensors(
  answer: AnswerFacts,
  specs: readonly TensorSpec[],
  outputs: readonly ArrayBuffer[],
  rows: number,
): string {
  const members = specs.map((spec, i) => {
    const buffer = outputs[i];
    if (buffer === undefined) throw new RangeError(`no buffer for the output ${spec.name}`);
    const view = viewOf(spec.datatype, buffer, 0, rows * elementsPerRow(spec));
    return `${JSON.stringify(spec.name)}:${lists(view, [rows, ...spec.shape], spec.datatype === 'BOOL')}`;
  });
  const front = JSON.stringify(head(answer)).slice(0, -1);
  const back = JSON.stringify(tail(answer)).slice(1);
  return `${front},"outputs":{${members.join(',')}},${back}`;
}

function lists(view: TensorView, shape: readonly number[], bool: boolean): string {
  const [side = 0, ...rest] = shape;
  if (rest.length === 0) return flat(view, bool);
  const step = view.length / side;
  const texts = Array.from({ length: side }, (_, i) =>
    lists(view.subarray(i * step, (i + 1) * step), rest, bool),
  );
  return `[${texts.join(',')}]`;
}

function flat(view: TensorView, bool: boolean): string {
  // JSON.stringify refuses bigints, and join writes them as they are.
  if (view instanceof BigInt64Array || view instanceof BigUint64Array) return `[${view.join(',')}]`;
  return JSON.stringify(bool ? Array.from(view, (value) => value !== 0) : Array.from(view));
}
