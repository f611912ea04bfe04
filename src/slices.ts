/**
 * Work of the thread that serves everyone, in slices of about a millisecond: a long one gives way to others after each. It is
 * written once, as a generator that yields where it may be interrupted.
 */
export type Sliced<Result> = Generator<void, Result, void>;

/** Elements of a tensor that one slice writes as text: some 100 ns each. */
export const SLICE_ELEMENTS = 8192;

/** Runs all of it at once. */
export function atOnce<Result>(work: Sliced<Result>): Result {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}

/**
 * Runs a slice now, and then one in each turn of the event loop. A result that the first slice has is returned, not
 * promised. What the work throws in its first slice is thrown, and rejects later.
 */
export function inSlices<Result>(work: Sliced<Result>): Result | Promise<Result> {
  const { done, value } = work.next();
  if (done === true) return value;
  return oneEachTurn(work);
}

async function oneEachTurn<Result>(work: Sliced<Result>): Promise<Result> {
  for (;;) {
    await new Promise((resolve) => void setImmediate(resolve));
    const { done, value } = work.next();
    if (done === true) return value;
  }
}

/** What `use` makes of a value, now or when it is there. */
export const whenThere = <From, To>(
  value: From | Promise<From>,
  use: (value: From) => To,
): To | Promise<To> => (value instanceof Promise ? value.then(use) : use(value));
