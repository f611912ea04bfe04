/**
 * Compresses answers (Accept-Encoding) in libuv's threads, at the fastest level: a core that compresses runs no model.
 * Errors are never compressed: there are clients that cannot read them then.
 */
import { promisify } from 'node:util';
import { constants, deflate, gzip } from 'node:zlib';

/** RFC 1952, and RFC 1950: `deflate` has a header and a checksum of zlib's. */
export type AnswerCoding = 'gzip' | 'deflate';

/** From here on: a smaller answer fits into one packet or two as it is. */
const PAYS_FROM_BYTES = 2048;
/** Fewer turns of the event loop than with zlib's 16 KiB. */
const OPTIONS = { level: constants.Z_BEST_SPEED, chunkSize: 256 * 1024 };

const TEXT = /^text\/|^application\/(?:[\w.+-]*json|javascript|openmetrics-text|xml)\b|\+xml\b/;
const OCTETS = 'application/octet-stream';

const METHODS = { gzip: promisify(gzip), deflate: promisify(deflate) } as const;

/**
 * How an answer is to be compressed; undefined: not at all. Tensors in binary hardly get smaller, and HTTP libraries list
 * what they can read without being asked: those are compressed only for a client that names a single coding.
 */
export function answerCoding(
  acceptEncoding: string,
  contentType: string,
  bytes: number,
): AnswerCoding | undefined {
  if (acceptEncoding === '' || bytes < PAYS_FROM_BYTES) return undefined;
  const binary = contentType === OCTETS;
  if (!binary && !TEXT.test(contentType)) return undefined;
  const accepted = acceptedCodings(acceptEncoding);
  if (binary && accepted.length !== 1) return undefined;
  const known = accepted.filter(({ coding }) => coding !== undefined);
  return known.toSorted((a, b) => b.weight - a.weight)[0]?.coding;
}

/** The answer's body in the coding; undefined when it would not be smaller. */
export async function compress(body: string | Uint8Array, coding: AnswerCoding): Promise<Buffer | undefined> {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const compressed = await METHODS[coding](bytes, OPTIONS);
  return compressed.byteLength < bytes.byteLength ? compressed : undefined;
}

interface Accepted {
  readonly coding: AnswerCoding | undefined;
  readonly weight: number;
}

/** Codings with a weight above 0, those that are not known here included; gzip first where weights are equal. */
function acceptedCodings(header: string): readonly Accepted[] {
  const all = header.split(',').flatMap((part): Accepted[] => {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const weight = Number(parameters.find((text) => text.startsWith('q='))?.slice(2) ?? 1);
    if (name === '' || name === 'identity' || !(weight > 0)) return [];
    return [{ coding: codingOf(name), weight }];
  });
  return [...all.filter(({ coding }) => coding === 'gzip'), ...all.filter(({ coding }) => coding !== 'gzip')];
}

function codingOf(name: string): AnswerCoding | undefined {
  if (name === 'x-gzip') return 'gzip';
  return name === 'gzip' || name === 'deflate' ? name : undefined;
}
