/** What a signature says of a version, and whether there is one. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SIGNATURE_FILE } from './statement.ts';

/** What the signature of a version says that its files are. Digests are lower-case hexadecimal sha256. */
export interface Signed {
  /** Id of the key. */
  readonly signer: string;
  /** Of every file of the version's folder, by its path below it. */
  readonly digests: ReadonlyMap<string, string>;
  /** Of what lies in the folder of the model, by its path below it; undefined when nothing is said of it. */
  readonly shared: ReadonlyMap<string, string> | undefined;
  /** Names in the version's folder that no digest is of. */
  readonly ignored: readonly string[];
  /** The folder of the model. */
  readonly model: string;
}

/** Whether there is a signature beside the model file, verified or not. */
export const isSigned = ({ file }: { readonly file: string }): boolean =>
  existsSync(join(dirname(file), SIGNATURE_FILE));
