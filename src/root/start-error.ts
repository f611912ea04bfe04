/** The server cannot start as it is configured; the message is a sentence for the operator. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly exitCode = 2;
}
