/** The steps of a run, in their order, and what is known when each is done. */

export const STEPS = [
  'collect',
  'train',
  'export',
  'gate',
  'sign',
  'push',
  'load',
  'guard',
  'promote',
  'rollback',
] as const;

export type StepName = (typeof STEPS)[number];

/** A share with the interval that the true one is in. */
export interface Measured {
  readonly correct: number;
  readonly n: number;
}

export interface StepFacts {
  readonly collect: {
    /** Labelled inputs to train on. */
    readonly examples: number;
    readonly enough: boolean;
  };
  readonly train: { readonly job: 'process' | 'kubernetes' | 'given' };
  readonly export: {
    /** The number that the candidate gets; never used again. */
    readonly version: string;
    readonly champion: string;
    readonly digest: string;
    readonly bytes: number;
    /** Of model.json when the candidate was laid beside it; empty when there is none. */
    readonly modelJson: string;
  };
  readonly gate: {
    readonly passed: boolean;
    /** Sentences: what was compared, or why it was refused. */
    readonly says: readonly string[];
  };
  readonly sign: { readonly signed: boolean };
  readonly push: { readonly pushed: boolean };
  readonly load: {
    /** Milliseconds since 1970. */
    readonly at: number;
    /** What the traffic of the model was set to before. */
    readonly traffic: Readonly<Record<string, unknown>>;
    /** Feedback on the champion until then; undefined where there is none. */
    readonly champion: Measured | undefined;
  };
  readonly guard: {
    readonly verdict: 'promote' | 'rollback';
    readonly says: string;
  };
  readonly promote: {
    /** Versions of earlier runs that were taken out of the models folder. */
    readonly retired: readonly string[];
    /** Why the store does not have what holds now. */
    readonly store?: string;
  };
  readonly rollback: {
    /** Why the store has the candidate still. */
    readonly store?: string;
  };
}
