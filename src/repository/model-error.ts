/** What is wrong with one model on disk, as a sentence for the operator. It names the file. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
}
