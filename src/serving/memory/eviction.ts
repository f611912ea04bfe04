/** Which loaded versions leave memory so that another one fits. Pure. */

/** A loaded version. */
export interface Resident {
  readonly bytes: number;
  /** Whether it may leave: it is loaded on demand. */
  readonly mayLeave: boolean;
  /** When it was last asked for, in clock milliseconds. */
  readonly usedAt: number;
  /** Whether requests hold it now: it leaves only after them. */
  readonly inUse: boolean;
}

/**
 * Returns the residents that leave so that `bytes` more are within `budget`, in the order in which they leave: those that
 * are in use last, and of the others the least recently used first. Undefined when it cannot be, whoever leaves.
 */
export function evictionFor<R extends Resident>(
  bytes: number,
  budget: number,
  residents: readonly R[],
): readonly R[] | undefined {
  let over = bytes - budget;
  for (const resident of residents) over += resident.bytes;
  const leaving: R[] = [];
  const order = residents
    .filter(({ mayLeave }) => mayLeave)
    .toSorted((a, b) => Number(a.inUse) - Number(b.inUse) || a.usedAt - b.usedAt);
  for (const resident of order) {
    if (over <= 0) break;
    leaving.push(resident);
    over -= resident.bytes;
  }
  return over <= 0 ? leaving : undefined;
}
