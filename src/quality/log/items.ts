/** What a model said of each image or row of a request, as far as it is worth keeping. */
import type { ModelVersion } from '../../serving/model-version.ts';
import { elementsIn } from '../../tensor/tensor.ts';
import { topClasses } from '../../tensor/top-classes.ts';
import type { Outputs } from '../../thread/messages.ts';
import type { Answered } from '../answered.ts';

/** What the model said of one image, or of one row. */
export interface Item {
  /** Its place in the request. */
  readonly index: number;
  /** Indexes of classes, most probable first; none for a model that does not classify. */
  readonly classes: readonly number[];
  /** As many. Scores, where the model gives no probabilities. */
  readonly probabilities: readonly number[];
}

/** Items of one record, and elements that are looked at for them: more would hold up the requests behind. */
const MOST_ITEMS = 64;
const MOST_ELEMENTS = 65_536;
/** Classes that are written of an output; an answer of classes has as many as the client asked for, up to this. */
const TOP = 5;

export function itemsOf({ version, payloads, places, outcomes }: Answered): readonly Item[] {
  const items: Item[] = [];
  let elements = 0;
  let place = 0;
  for (const [i, outcome] of outcomes.entries()) {
    const index = places?.[i] ?? place;
    place = index + payloads[i]!.rows;
    if (outcome.kind !== 'done' || items.length >= MOST_ITEMS || elements >= MOST_ELEMENTS) continue;
    const { result } = outcome;
    if (result.kind === 'classes') {
      const [classes, probabilities] = [result.classes.slice(0, TOP), result.probabilities.slice(0, TOP)];
      items.push({ index, classes, probabilities });
      continue;
    }
    const room = { items: MOST_ITEMS - items.length, elements: MOST_ELEMENTS - elements };
    const found = rowsOf(result, version, index, room);
    items.push(...found);
    elements += found.length * version.classes;
  }
  return items;
}

/** The rows of an output that has a score for each class; for a model that does not classify, each row without classes. */
function rowsOf(
  { outputs }: Outputs,
  { settings, signature, classes: count }: ModelVersion,
  first: number,
  room: { readonly items: number; readonly elements: number },
): Item[] {
  const [output] = outputs;
  const datatype = signature?.outputs[0]?.datatype;
  const rows = output === undefined || output.shape.length < 2 ? 1 : output.shape[0]!;
  const scored = settings.classifies && count > 0 && (datatype === 'FP32' || datatype === 'FP64');
  const scores = scored && output !== undefined ? elementsIn(datatype, output.data) : undefined;
  const most = Math.min(rows, room.items, scored ? Math.ceil(room.elements / count) : rows);
  return Array.from({ length: most }, (_, row) => {
    const fits = scores !== undefined && scores.length >= (row + 1) * count;
    const top = fits
      ? topClasses(scores as Float32Array, row * count, count, Math.min(TOP, count), settings.softmax)
      : { classes: [], probabilities: [] };
    return { index: first + row, ...top };
  });
}
