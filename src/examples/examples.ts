/**
 * Examples on disk: inputs of a model, with the right answers where they are known. They calibrate, train and judge; which one does
 * what is decided by its content, so that the same example never does two of these.
 */
import { createHash } from 'node:crypto';
import type { TensorSpec } from '../tensor/tensor.ts';
import type { Payload } from '../thread/payload.ts';

/** The examples are not there, are not what they seem, or do not fit the model; the message is a sentence for people. */
export class ExamplesError extends Error {
  override readonly name = 'ExamplesError';
}

export interface Example {
  /** For people: the path of a file below its folder, or `row 17`. */
  readonly name: string;
  /** The right class; undefined: not known. */
  readonly label: number | undefined;
  /** sha256 of its content, lower-case hexadecimal. */
  readonly digest: string;
  /** What is sent to a model with these inputs. @throws ExamplesError when it does not fit, or cannot be read any more */
  payload(inputs: readonly TensorSpec[]): Promise<Payload>;
}

export interface Examples {
  readonly kind: 'images' | 'rows';
  /** Whether every one has a label; otherwise none has. */
  readonly labelled: boolean;
  readonly items: readonly Example[];
}

export interface Split {
  /** To calibrate or train with. */
  readonly used: Examples;
  /** To judge by. */
  readonly heldOut: Examples;
}

const ALL = 2 ** 32;

/**
 * Keeps about a share of the examples to judge by. By digest: an example stays on its side when others are added, and one that is there
 * twice is on one side.
 */
export function split({ kind, labelled, items }: Examples, heldOutShare: number): Split {
  const isHeldOut = ({ digest }: Example): boolean =>
    Number.parseInt(digest.slice(0, 8), 16) / ALL < heldOutShare;
  return {
    used: { kind, labelled, items: items.filter((item) => !isHeldOut(item)) },
    heldOut: { kind, labelled, items: items.filter(isHeldOut) },
  };
}

/** At most `most` of the examples, chosen by their digests: of a folder in the order of its classes the first would be of one class. */
export function some({ kind, labelled, items }: Examples, most: number): Examples {
  const byDigest = items.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
  return { kind, labelled, items: byDigest.slice(0, most) };
}

/** Those of `examples` that are not among `others`, by content. */
export function without(examples: Examples, others: Examples): Examples {
  const known = new Set(others.items.map(({ digest }) => digest));
  return { ...examples, items: examples.items.filter(({ digest }) => !known.has(digest)) };
}

/** One digest for all of them, in their order and with their labels. */
export function digestOf({ items }: Examples): string {
  const hash = createHash('sha256');
  for (const { digest, label } of items) hash.update(`${digest} ${label ?? ''}\n`);
  return hash.digest('hex');
}
