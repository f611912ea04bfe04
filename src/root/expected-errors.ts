/** Faults of a start that an operator can do something about. */
import { StartError } from './start-error.ts';
import { ServingError } from '../errors.ts';
import { ListenError } from '../http/connection/listener.ts';
import { NativeLoadError } from '../http/addon/uws.ts';
import { ModelError } from '../repository/model-error.ts';
import { CredentialError } from '../http/tls/credentials.ts';
import { KeyFileError } from '../config/secrets/key-file.ts';

/** Turns expected errors into a StartError with one sentence for the operator; others keep their stack. */
export function rethrown(error: unknown): never {
  // A file that cannot be read: the message of the system names it.
  const ofFile = error instanceof Error && typeof (error as NodeJS.ErrnoException).path === 'string';
  const expected = [
    ServingError,
    ListenError,
    NativeLoadError,
    ModelError,
    CredentialError,
    KeyFileError,
  ].some((kind) => error instanceof kind);
  if (error instanceof Error && (ofFile || expected)) throw new StartError(error.message, { cause: error });
  throw error;
}
