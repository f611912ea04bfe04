/**
 * What went wrong with artifacts, as a sentence for the operator that names the store or the file and, where there is one,
 * the remedy. It never holds a credential.
 */

/**
 * - unreachable: the store does not answer, or only with errors of its own; later it may.
 * - refused: the store knows the credentials not, or does not let them do this.
 * - missing: the bucket, the model, the version or a file is not there.
 * - changed: somebody else has written meanwhile.
 * - corrupt: the bytes are not those that the digest says, or the index cannot be understood.
 * - untrusted: the signature does not hold.
 * - local: the folder on this machine cannot be used, or holds what would be lost.
 * - invalid: an address, a name or a credential is not of the form that it has to be.
 */
export type ArtifactFault =
  'unreachable' | 'refused' | 'missing' | 'changed' | 'corrupt' | 'untrusted' | 'local' | 'invalid';

export class ArtifactError extends Error {
  override readonly name = 'ArtifactError';
  readonly fault: ArtifactFault;

  constructor(fault: ArtifactFault, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.fault = fault;
  }
}
