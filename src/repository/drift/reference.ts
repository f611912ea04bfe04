/** A drift.json as a text: read with every fault named, and written. Pure. */
import { Errors } from 'typebox/schema';
import { ModelError } from '../model-error.ts';
import { ReferenceSchema, type Reference } from './schema.ts';

/** What a reference has to be made for, to be used. */
export interface Subject extends Pick<Reference, 'model' | 'version' | 'digest' | 'settings'> {}

/**
 * Reads the text of a drift.json; `file` is only named in errors.
 * @throws ModelError with the file and a JSON pointer to the first fault
 */
export function parseReference(text: string, file: string): Reference {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new ModelError(`${file} is not valid JSON: ${(error as Error).message}`);
  }
  const [valid, faults] = Errors(ReferenceSchema, content);
  if (!valid) {
    const [first] = faults.filter(({ keyword }) => keyword !== 'boolean');
    throw new ModelError(`${file}#${first?.instancePath ?? ''} ${first?.message ?? 'is no reference'}`);
  }
  const reference = content as Reference;
  const fault = faultIn(reference);
  if (fault !== undefined) throw new ModelError(`${file}#${fault}`);
  return reference;
}

/** What a schema cannot say. */
function faultIn({ rows, numbers, classes }: Reference): string | undefined {
  const names = [...numbers, ...classes].map(({ feature }) => feature);
  if (names.length === 0) return ' has no feature';
  if (new Set(names).size < names.length) return ' names a feature twice';
  for (const [at, { edges, counts, missing }] of numbers.entries()) {
    const place = `/numbers/${at}`;
    if (counts.length !== edges.length + 1) return `${place} needs one count more than edges`;
    if (edges.some((edge, index) => index > 0 && edge <= edges[index - 1]!))
      return `${place}/edges do not ascend`;
    if (sum(counts) + missing !== rows) return `${place}/counts do not add up to rows`;
  }
  for (const [at, { values, counts, other }] of classes.entries()) {
    const place = `/classes/${at}`;
    if (counts.length !== values.length) return `${place} needs a count for each value`;
    if (new Set(values).size < values.length) return `${place} names a value twice`;
    if (sum(counts) + other !== rows) return `${place}/counts do not add up to rows`;
  }
  return undefined;
}

const sum = (counts: readonly number[]): number => counts.reduce((total, one) => total + one, 0);

/** A line for each feature, so that a difference of two files can be read. */
export function textOf({ numbers, classes, ...head }: Reference): string {
  const lines = Object.entries(head).map(([key, value]) => `  "${key}": ${JSON.stringify(value)},`);
  const list = (key: string, features: readonly object[]): string =>
    features.length === 0
      ? `  "${key}": []`
      : `  "${key}": [\n${features.map((one) => `    ${JSON.stringify(one)}`).join(',\n')}\n  ]`;
  return `{\n${lines.join('\n')}\n${list('numbers', numbers)},\n${list('classes', classes)}\n}\n`;
}

/** Why a reference is not for this version, as a sentence; undefined when it is. */
export function misfitOf(reference: Reference, subject: Subject): string | undefined {
  const again = 'make one for it: ortolan drift baseline.';
  const { model, version, digest } = subject;
  if (reference.model !== model || reference.version !== version)
    return `It is for ${reference.model} version ${reference.version}, not for ${model} version ${version}; ${again}`;
  if (reference.digest !== digest)
    return `It is for files of version ${version} with the digest ${short(reference.digest)}, and those that are served have ${short(digest)}; ${again}`;
  const keys = [...new Set([...Object.keys(reference.settings), ...Object.keys(subject.settings)])];
  const differs = keys.find(
    (key) => JSON.stringify(reference.settings[key]) !== JSON.stringify(subject.settings[key]),
  );
  if (differs === undefined) return undefined;
  const said = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
  return `It was made with ${differs} ${said(reference.settings[differs])}, and now that is ${said(subject.settings[differs])}; ${again}`;
}

const short = (digest: string): string => `sha256:${digest.slice(0, 12)}…`;
