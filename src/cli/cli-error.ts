/** An end with a sentence for the person at the terminal, without a stack. */
export class CliError extends Error {
  override readonly name = 'CliError';
  /** 2: what was typed or configured is wrong. 1: it is right, and failed. */
  readonly exitCode: 1 | 2;

  constructor(exitCode: 1 | 2, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}
