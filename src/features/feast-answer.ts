/**
 * An answer of a Feast feature server to POST /get-online-features, with full feature names: one entry of `results` for each
 * of `metadata.feature_names`, each with the values of all rows. Bytes of another program: nothing is taken for granted.
 * (feast 0.67, feast/feature_server.py; protos/feast/serving/ServingService.proto has the statuses.)
 */
import { isUtf8 } from 'node:buffer';
import { StoreFault, type Columns, type Found } from './found.ts';

export interface Expected {
  /** As model.json writes them: `view:feature`. */
  readonly features: readonly string[];
  /** Rows of keys that were asked for. */
  readonly rows: number;
}

/** `view:feature` as Feast writes it in full; neither part has two underscores in a row there. */
export const fullName = (feature: string): string => feature.replace(':', '__');

/** @throws StoreFault garbled */
export function readFeastAnswer(bytes: Uint8Array, { features, rows }: Expected): Columns {
  const answer = objectIn(parsed(bytes), 'the answer');
  const names = listIn(objectIn(answer['metadata'], 'metadata')['feature_names'], 'feature_names');
  const results = listIn(answer['results'], 'results');
  if (names.length !== results.length)
    throw garbled(`it has ${names.length} names, and ${results.length} results`);
  return new Map(
    features.map((feature) => {
      const at = names.indexOf(fullName(feature));
      if (at < 0) throw garbled(`the feature ${feature} is not in it`);
      return [feature, columnOf(objectIn(results[at], feature), feature, rows)];
    }),
  );
}

function columnOf(
  result: Readonly<Record<string, unknown>>,
  feature: string,
  rows: number,
): readonly Found[] {
  const [values, statuses, times] = ['values', 'statuses', 'event_timestamps'].map((member) => {
    const list = listIn(result[member], `${member} of ${feature}`);
    if (list.length === rows) return list;
    throw garbled(`${member} of ${feature} has ${list.length} entries for ${rows} rows`);
  }) as [readonly unknown[], readonly unknown[], readonly unknown[]];
  return values.map((value, row) => foundOf(value, statuses[row], times[row]));
}

function foundOf(value: unknown, status: unknown, time: unknown): Found {
  switch (status) {
    case 'PRESENT':
      return value === null || value === undefined ? 'missing' : { value, at: momentOf(time) };
    case 'OUTSIDE_MAX_AGE':
      return 'stale';
    case 'NULL_VALUE':
    case 'NOT_FOUND':
      return 'missing';
    default:
      return 'invalid';
  }
}

/** Feast writes the beginning of 1970 where it knows no time. */
function momentOf(time: unknown): number | undefined {
  const moment = typeof time === 'string' && time.length < 64 ? Date.parse(time) : 0;
  return moment > 0 ? moment : undefined;
}

function parsed(bytes: Uint8Array): unknown {
  if (!isUtf8(bytes)) throw garbled('it is no UTF-8');
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) as unknown;
  } catch {
    throw garbled('it is no JSON');
  }
}

function objectIn(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>;
  throw garbled(`${what} is no object`);
}

function listIn(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  throw garbled(`${what} is no list`);
}

const garbled = (why: string): StoreFault => new StoreFault('garbled', `its answer cannot be read: ${why}`);
