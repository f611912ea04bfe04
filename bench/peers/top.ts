/** The likeliest class of an answer, whichever peer gave it. */

export interface Top {
  readonly classId: number;
  readonly probability: number;
}

interface Tensor {
  readonly name: string;
  readonly data: readonly number[];
}

/** Reads a list of classes, a list of such lists, or the tensors of the Open Inference Protocol; undefined for all else. */
export function topOf(body: string): Top | undefined {
  const answer = JSON.parse(body) as unknown;
  if (Array.isArray(answer)) return topOfList(answer);
  const { outputs, output } = answer as { outputs?: readonly Tensor[]; output?: unknown[] };
  if (output !== undefined) return topOfList(output);
  const first = (name: string): number | undefined => outputs?.find((one) => one.name === name)?.data[0];
  return checked(first('class_id'), first('probability'));
}

function topOfList(list: readonly unknown[]): Top | undefined {
  const [first] = list;
  if (Array.isArray(first)) return topOfList(first);
  const { class_id, probability } = (first ?? {}) as { class_id?: number; probability?: number };
  return checked(class_id, probability);
}

const checked = (classId: number | undefined, probability: number | undefined): Top | undefined =>
  classId === undefined || probability === undefined ? undefined : { classId, probability };
