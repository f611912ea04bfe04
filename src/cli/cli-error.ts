/** Ends a command with an exit code and one sentence on stderr, without a stack trace. */
export class CliError extends Error {
  override readonly name = 'CliError';
  /** 2: an argument or the configuration is wrong. 1: the command has failed. 3: the gate has refused what it was given. */
  readonly exitCode: 1 | 2 | 3;

  constructor(exitCode: 1 | 2 | 3, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}
