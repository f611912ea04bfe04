/** A bundle cannot be made as it was asked for: the message is a sentence for people. */
export class BundleError extends Error {
  override readonly name = 'BundleError';
}
