/** What a challenger has to show to pass the gate. Pure. */

/** Shares, 0 to 1. Undefined: not asked for. */
export interface Limits {
  /** Lower bound of the share of right answers. Needs labels. */
  readonly minAccuracy?: number;
  /** Lower bound of the share of answers that are the champion's. */
  readonly minAgreement?: number;
  /** Upper bound of what is lost of the champion's accuracy. Needs labels. */
  readonly maxDrop?: number;
  /** What may be lost within one class: refused is what is shown to lose more. */
  readonly maxClassDrop?: number;
  /** Whether it has to be smaller or faster than the champion. */
  readonly smallerOrFaster?: boolean;
}

/** What was asked for by the caller; the others have defaults. */
export type AskedLimits = { readonly [Name in keyof Limits]?: Limits[Name] | undefined };

/** Of the champion's accuracy, without a word from the caller. */
export const DEFAULT_MAX_DROP = 0.02;
export const DEFAULT_MIN_AGREEMENT = 0.95;
export const DEFAULT_MAX_CLASS_DROP = 0.1;

/**
 * The limits that hold. Where the right answers are known, accuracy decides, and agreement only when it was asked for; where they
 * are not, agreement with the champion.
 */
export function limitsOf(asked: AskedLimits, labelled: boolean): Limits {
  const { minAccuracy, minAgreement, maxDrop, maxClassDrop, smallerOrFaster } = asked;
  const agreement = minAgreement ?? (labelled ? undefined : DEFAULT_MIN_AGREEMENT);
  return {
    ...(minAccuracy !== undefined && { minAccuracy }),
    ...(agreement !== undefined && { minAgreement: agreement }),
    ...(labelled && { maxDrop: maxDrop ?? DEFAULT_MAX_DROP }),
    maxClassDrop: maxClassDrop ?? DEFAULT_MAX_CLASS_DROP,
    ...(smallerOrFaster === true && { smallerOrFaster }),
  };
}
