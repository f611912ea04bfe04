/** The classes of rows, for models on rows that declare labels or softmax: the same answer as for images. */
import { ServingError } from '../../../../errors.ts';
import type { AnswerFacts } from '../../../../task/task.ts';
import { elementsIn, elementsOf, type Tensor, type TensorSpec } from '../../../../tensor/tensor.ts';
import { topClasses, type TopClasses } from '../../../../tensor/top-classes.ts';
import { encodeOne, encodeSeveral, type Labels } from '../images/predictions.ts';

/** Choosing classes takes 2 us a row of a thousand on the thread that serves everyone. */
const MAX_ROWS = 1024;

/** @throws ServingError BAD_SHAPE for more rows than are classified at once */
export function requireClasses(rows: number, [output]: readonly TensorSpec[]): void {
  if (rows <= MAX_ROWS) return;
  const message = `At most ${MAX_ROWS} rows are classified at once, not ${rows}: send fewer, or ask for ${output?.name} with accept: application/octet-stream.`;
  throw new ServingError('BAD_SHAPE', message);
}

export interface Classification {
  readonly labels: Labels;
  /** Whether the model gives scores that are not probabilities yet. */
  readonly softmax: boolean;
  /** Number of classes of each row. */
  readonly topK: number;
}

/** `predictions` for one row, a list of `results` for several. @throws ServingError NOT_FINITE */
export function encodeRowClasses(
  facts: AnswerFacts,
  { datatype, shape, data, name }: Tensor,
  { labels, softmax, topK }: Classification,
): string {
  const scores = elementsIn(datatype, data) as Float32Array;
  const [rows = 1, ...rest] = shape;
  const classes = elementsOf(rest);
  const best = Array.from({ length: rows }, (_, row): TopClasses => {
    const found = topClasses(scores, row * classes, classes, topK, softmax);
    if (!found.probabilities.some((probability) => Number.isNaN(probability))) return found;
    throw new ServingError(
      'NOT_FINITE',
      `Row ${row} of the output ${name} has NaN, so that it has no classes.`,
    );
  });
  return best.length === 1 ? encodeOne(facts, labels, best[0]!) : encodeSeveral(facts, labels, best);
}
