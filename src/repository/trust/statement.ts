/**
 * What a signature says: the digest of every file of a folder, as an in-toto statement of OpenSSF model-signing 1.x. Only
 * what is understood whole is taken: files by sha256, no links, nothing left out but what belongs to git, the signature, and the
 * reference of drift, from which no model is made.
 */
import { createHash } from 'node:crypto';
import { DRIFT_FILE } from '../drift/name.ts';
import { TrustError } from './trust-error.ts';

export interface Statement {
  /** What the signer called the folder: its name, or `<model>/<version>`. */
  readonly subject: string;
  /** Lower-case hexadecimal sha256 of each file, by its path below the folder, with `/`. */
  readonly digests: ReadonlyMap<string, string>;
  /** Names directly in the folder that are left out, with all below them. */
  readonly ignored: readonly string[];
}

/** Name of the signature in the folder of a version. */
export const SIGNATURE_FILE = 'model.sig';

const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
const PREDICATE_TYPE = 'https://model_signing/signature/v1.0';

/** What a signature may leave out. */
const IGNORABLE = [SIGNATURE_FILE, DRIFT_FILE, '.git', '.gitattributes', '.github', '.gitignore'];

/** The signature of more files is not read. */
const MAX_FILES = 10_000;

const SHA256 = /^[0-9a-f]{64}$/;
const CONTROL = /\p{Cc}/u;

/** The text that is signed for a statement. */
export function textOf({ subject, digests, ignored }: Statement): string {
  const resources = [...digests].map(([name, digest]) => ({ name, algorithm: 'sha256', digest }));
  return JSON.stringify({
    _type: STATEMENT_TYPE,
    subject: [{ name: subject, digest: { sha256: rootOf(digests.values()) } }],
    predicateType: PREDICATE_TYPE,
    predicate: {
      serialization: {
        method: 'files',
        hash_type: 'sha256',
        allow_symlinks: false,
        ignore_paths: ignored,
      },
      resources,
    },
  });
}

/** What a signer leaves out: the signature, and what the answers of the version are compared with. */
export const LEFT_OUT: Statement['ignored'] = [SIGNATURE_FILE, DRIFT_FILE];

/** @throws TrustError when the text is no statement, or one that is not understood whole */
export function parseStatement(text: string): Statement {
  const { _type, subject, predicateType, predicate } = objectOf(parsed(text), 'it');
  if (_type !== STATEMENT_TYPE) throw unsupported(`it is a ${shown(_type)}, not a ${STATEMENT_TYPE}`);
  if (predicateType !== PREDICATE_TYPE) {
    throw unsupported(
      `it says ${shown(predicateType)}, not ${PREDICATE_TYPE}: sign with model-signing 1.0 or newer`,
    );
  }
  const { serialization, resources } = objectOf(predicate, 'its predicate');
  const ignored = ignoredOf(objectOf(serialization, 'its serialization'));
  const digests = digestsOf(resources);
  const [only, another] = listOf(subject, 'its subject');
  if (another !== undefined) throw unsupported('it has several subjects');
  const { name, digest } = objectOf(only, 'its subject');
  if (typeof name !== 'string') throw invalid('its subject has no name');
  if (objectOf(digest, 'the digest of its subject')['sha256'] !== rootOf(digests.values()))
    throw invalid('the digest of its subject is not that of its files');
  return { subject: name, digests, ignored };
}

/** One digest of all files, in the order of the statement. */
function rootOf(digests: Iterable<string>): string {
  const hash = createHash('sha256');
  for (const digest of digests) hash.update(digest, 'hex');
  return hash.digest('hex');
}

const SERIALIZATION = ['method', 'hash_type', 'allow_symlinks', 'ignore_paths'];

function ignoredOf(serialization: Readonly<Record<string, unknown>>): readonly string[] {
  const { method, hash_type: hash, allow_symlinks: links, ignore_paths: ignored = [] } = serialization;
  if (method !== 'files') throw unsupported(`it is of ${shown(method)}, and only one of files is followed`);
  if (hash !== 'sha256') throw unsupported(`its digests are ${shown(hash)}, and only sha256 is followed`);
  if (links !== false) throw unsupported('it follows symbolic links');
  const unknown = Object.keys(serialization).find((key) => !SERIALIZATION.includes(key));
  if (unknown !== undefined) throw unsupported(`its serialization has ${shown(unknown)}`);
  return listOf(ignored, 'its ignore_paths').map((name) => {
    if (typeof name === 'string' && IGNORABLE.includes(name)) return name;
    throw unsupported(`it leaves out ${shown(name)}: a signature has to cover every file`);
  });
}

function digestsOf(resources: unknown): ReadonlyMap<string, string> {
  const digests = new Map<string, string>();
  const listed = listOf(resources, 'its resources');
  if (listed.length > MAX_FILES) throw unsupported(`it is of more than ${MAX_FILES} files`);
  for (const one of listed) {
    const { name, algorithm, digest } = objectOf(one, 'one of its resources');
    if (typeof name !== 'string' || !isPath(name))
      throw invalid(`${shown(name)} is no path below the folder`);
    if (algorithm !== 'sha256') throw unsupported(`the digest of ${shown(name)} is ${shown(algorithm)}`);
    if (typeof digest !== 'string' || !SHA256.test(digest))
      throw invalid(`the digest of ${shown(name)} is no sha256`);
    if (digests.has(name)) throw invalid(`it names ${shown(name)} twice`);
    digests.set(name, digest);
  }
  return digests;
}

/** Whether it is a path below a folder, with `/`, that is written in only one way. */
export const isPath = (name: string): boolean =>
  name.split('/').every((part) => part !== '' && part !== '.' && part !== '..') &&
  !name.includes('\\') &&
  !CONTROL.test(name);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid('it is no JSON');
  }
}

/** @throws TrustError when the value is no object; `what`: the subject of the sentence */
export function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw invalid(`${what} is no JSON object`);
}

export function listOf(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw invalid(`${what} is no list`);
}

/** Longest text that is repeated from a signature: whoever wrote it is not known. */
const SHOWN = 80;

/** A value of a signature, for a sentence. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`;
}

/** Errors without the name of the file, which the caller adds. */
export const invalid = (why: string): TrustError => new TrustError('invalid', why);
export const unsupported = (why: string): TrustError => new TrustError('unsupported', why);
