/**
 * Whether a version is what somebody with a known key has signed. At each look at the repository its signature is
 * verified, and what was read of model.json and the class names compared with it; the files themselves are compared
 * when it is loaded (signed-files.ts).
 */
import { createHash } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { Config } from '../../config/schema.ts';
import { codeOf } from '../real-path.ts';
import { readWhole } from '../text-file.ts';
import type { FoundVersion } from '../versions.ts';
import { MAX_BUNDLE_BYTES, verifyBundle } from './bundle.ts';
import { readPublicKeys, type PublicKey } from './public-keys.ts';
import { parseShared, SHARED_FILE } from './shared-files.ts';
import type { Signed } from './signed.ts';
import { SIGNATURE_FILE } from './statement.ts';
import { TrustError, type Distrust } from './trust-error.ts';

export interface TrustSettings {
  /** Files with public keys. */
  readonly publicKeys: readonly string[];
  /** Whether a version without a signature is refused. */
  readonly signedOnly: boolean;
  /** Called when a version begins to be refused, and when the reason changes. */
  readonly refused?: (
    labels: { readonly model: string; readonly version: string },
    kind: Distrust,
    reason: string,
  ) => void;
}

/** The model that a version belongs to. */
export interface ModelFiles {
  readonly name: string;
  readonly folder: string;
  /** Whether the name is that of the folder: a model that was given another one is not held to the name that was signed. */
  readonly isNamedByFolder: boolean;
  /** Digests of the files that were read, by their paths. */
  readonly read: ReadonlyMap<string, string>;
}

/** Undefined where nothing is asked of signatures. */
export function trustOf(
  { modelPublicKeys, modelsSignedOnly }: Pick<Config, 'modelPublicKeys' | 'modelsSignedOnly'>,
  refused?: TrustSettings['refused'],
): Trust | undefined {
  const signedOnly = modelsSignedOnly === 'on';
  if (!signedOnly && modelPublicKeys.length === 0) return undefined;
  return new Trust({ publicKeys: modelPublicKeys, signedOnly, ...(refused && { refused }) });
}

export const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

export class Trust {
  readonly signedOnly: boolean;
  readonly #settings: TrustSettings;
  /** By folder of a version: why it was refused at the last look. */
  readonly #told = new Map<string, string>();

  constructor(settings: TrustSettings) {
    this.#settings = settings;
    this.signedOnly = settings.signedOnly;
  }

  /** The keys as they are now. @throws ModelError when one cannot be used */
  keys(): readonly PublicKey[] {
    return readPublicKeys(this.#settings.publicKeys);
  }

  /**
   * What a version is signed as; undefined for one that is not, where that is allowed.
   * @throws TrustError
   */
  async signed(
    found: FoundVersion,
    model: ModelFiles,
    keys: readonly PublicKey[],
  ): Promise<Signed | undefined> {
    const folder = dirname(found.file);
    try {
      const signed = await this.#signed(found, model, keys);
      this.#told.delete(folder);
      return signed;
    } catch (error) {
      if (error instanceof TrustError)
        this.tell(folder, { model: model.name, version: found.version }, error);
      throw error;
    }
  }

  /** Says that a version is refused, unless that has been said. `folder`: of the version. */
  tell(
    folder: string,
    labels: { readonly model: string; readonly version: string },
    error: TrustError,
  ): void {
    if (this.#told.get(folder) === error.message) return;
    this.#told.set(folder, error.message);
    this.#settings.refused?.(labels, error.kind, error.message);
  }

  async #signed(
    { file, version }: FoundVersion,
    model: ModelFiles,
    keys: readonly PublicKey[],
  ): Promise<Signed | undefined> {
    const folder = dirname(file);
    const path = join(folder, SIGNATURE_FILE);
    const bytes = await bundleAt(path, this.signedOnly, file);
    if (bytes === undefined) return undefined;
    const { signer, statement } = named(path, () => verifyBundle(bytes, keys));
    requireName(path, statement.subject, version, model);
    const { digests, ignored } = statement;
    const shared = folder === model.folder ? digests : await sharedOf(folder, digests);
    const signed = { signer, digests, shared, ignored, model: model.folder };
    this.#requireCovered(path, folder, signed, model.read);
    return signed;
  }

  /** What was read is what was signed, and nothing that was signed is away. */
  #requireCovered(
    path: string,
    folder: string,
    { digests, shared, model }: Signed,
    read: ModelFiles['read'],
  ): void {
    for (const [file, digest] of read) {
      const below = relative(folder, file).replaceAll(sep, '/');
      const isInside = !below.startsWith('../');
      const expected = isInside
        ? digests.get(below)
        : shared?.get(relative(model, file).replaceAll(sep, '/'));
      if (expected === undefined) {
        if (shared === undefined && !isInside && !this.signedOnly) continue;
        throw new TrustError(
          'uncovered',
          `${path} does not cover ${file}: sign the version again with \`ortolan models sign\`.`,
        );
      }
      if (expected !== digest)
        throw new TrustError(
          'changed',
          `${file} is not the file that ${path} covers: its sha256 is ${digest}, signed is ${expected}.`,
        );
    }
    const config = join(model, 'model.json');
    if (shared?.has('model.json') === true && !read.has(config))
      throw new TrustError('changed', `${path} covers ${config}, which is not there.`);
  }
}

/** Undefined where there is none, and none is needed. */
async function bundleAt(path: string, needed: boolean, file: string): Promise<Buffer | undefined> {
  const facts = await lstat(path).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT')
      throw new TrustError('invalid', `${path} cannot be read (${codeOf(error)}).`);
  });
  if (facts === undefined) {
    if (!needed) return undefined;
    throw new TrustError(
      'missing',
      `${file} is not signed: there is no ${SIGNATURE_FILE} beside it, and only signed models are served.`,
    );
  }
  if (!facts.isFile()) throw new TrustError('invalid', `${path} is not a file.`);
  if (facts.size > MAX_BUNDLE_BYTES)
    throw new TrustError('unsupported', `${path} is larger than ${MAX_BUNDLE_BYTES} bytes.`);
  return readWhole(path);
}

/** A subject with a model in it holds for that model and version alone; others are what the signer called the folder. */
function requireName(
  path: string,
  subject: string,
  version: string,
  { name, isNamedByFolder }: ModelFiles,
): void {
  if (!subject.includes('/')) return;
  const [model, number] = [subject.slice(0, subject.lastIndexOf('/')), basename(subject)];
  if (number === version && (model === name || !isNamedByFolder)) return;
  throw new TrustError(
    'foreign',
    `${path} was made for ${JSON.stringify(subject)}, not for ${name}/${version}.`,
  );
}

/** Undefined where the signature says nothing of what is outside of the folder. */
async function sharedOf(folder: string, digests: Signed['digests']): Promise<Signed['shared']> {
  const expected = digests.get(SHARED_FILE);
  if (expected === undefined) return undefined;
  const path = join(folder, SHARED_FILE);
  const bytes = await readWhole(path);
  if (sha256(bytes) !== expected) throw new TrustError('changed', `${path} is not the file that was signed.`);
  return named(path, () => parseShared(bytes.toString('utf8')));
}

/** Puts the name of the file before the reason. */
function named<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof TrustError)
      throw new TrustError(error.kind, `${path} cannot be trusted: ${error.message}.`);
    throw error;
  }
}
