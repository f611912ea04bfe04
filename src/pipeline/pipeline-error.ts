/** Something that a run needs is not there, or does not do what it is for; the message is a sentence with the remedy. */
export class PipelineError extends Error {
  override readonly name = 'PipelineError';
  readonly kind: Kind;

  constructor(message: string, kind: Kind = 'step') {
    super(message);
    this.kind = kind;
  }
}

/**
 * settings: what was written is wrong. busy: another run of the model goes on. step: a step has failed, and the run with it.
 * away: what is asked does not answer now, and the same step may succeed later.
 */
type Kind = 'settings' | 'busy' | 'step' | 'away';
