/** Why a version is not trusted: a sentence for the operator, and a word for the metric. */
import { ModelError } from '../model-error.ts';

export const DISTRUST = ['missing', 'invalid', 'foreign', 'unsupported', 'uncovered', 'changed'] as const;

/**
 * missing: there is no signature. invalid: it is damaged, or not of what it says. foreign: it is of a key that is not known.
 * unsupported: it is made in a way that is not followed. uncovered: it leaves out what the model is used with. changed: a
 * file is not the signed one.
 */
export type Distrust = (typeof DISTRUST)[number];

export class TrustError extends ModelError {
  readonly kind: Distrust;

  constructor(kind: Distrust, message: string) {
    super(message);
    this.kind = kind;
  }
}
