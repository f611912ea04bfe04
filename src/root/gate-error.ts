/** The gate cannot judge: the message is a sentence for people. In a file of its own, so that it is known without the runtime. */
export class GateError extends Error {
  override readonly name = 'GateError';
}
