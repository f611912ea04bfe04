/** Which part of an object an answer holds. Pure. */
import type { StoreAnswer } from '../../outbound/store/connection.ts';
import { ArtifactError } from '../artifact-error.ts';

const RANGE = /^bytes (\d{1,15})-\d{1,15}\/(\d{1,15})$/;

/**
 * Where the body begins, and how long the whole object is. `from`: what was asked for.
 * @throws ArtifactError corrupt when the answer is of another part
 */
export function rangeOf(
  answer: Pick<StoreAnswer, 'status' | 'header'>,
  from: number,
): { readonly from: number; readonly bytes: number } {
  if (answer.status !== 206) return { from: 0, bytes: lengthOf(answer.header('content-length')) };
  const [, start, bytes] = RANGE.exec(answer.header('content-range') ?? '') ?? [];
  if (Number(start) !== from || bytes === undefined) {
    throw new ArtifactError('corrupt', `The store answers another part of the file than byte ${from} on.`);
  }
  return { from, bytes: Number(bytes) };
}

/** Without the header, which a store may leave out, the length is not known: not a number. */
const lengthOf = (header: string | undefined): number =>
  header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : Number.NaN;
