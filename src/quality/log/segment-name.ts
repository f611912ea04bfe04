/**
 * Names of the files of a log: what is in one, when it was begun, and a part by chance, so that processes that share a
 * folder never write into the same one. Pure.
 */

export const SEGMENT_KINDS = ['predictions', 'feedback'] as const;
export type SegmentKind = (typeof SEGMENT_KINDS)[number];

export interface SegmentName {
  readonly kind: SegmentKind;
  /** Milliseconds since 1970. */
  readonly begunAt: number;
  /** Eight hexadecimal digits; no client knows them. */
  readonly salt: string;
  /** `predictions-20261201T114312345Z-0badcafe.jsonl` */
  readonly file: string;
}

const NAME = /^(predictions|feedback)-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-([0-9a-f]{8})\.jsonl$/;

/** `salt`: eight hexadecimal digits. */
export function segmentName(kind: SegmentKind, begunAt: number, salt: string): SegmentName {
  const time = new Date(begunAt).toISOString().replaceAll(/[-:.]/g, '');
  return { kind, begunAt, salt, file: `${kind}-${time}-${salt}.jsonl` };
}

/** Undefined for a file that is none of a log, whoever put it there. */
export function segmentNameOf(file: string): SegmentName | undefined {
  const [, kind, year, month, day, hour, minute, second, ms, salt = ''] = NAME.exec(file) ?? [];
  if (kind === undefined) return undefined;
  const begunAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`);
  return Number.isNaN(begunAt) ? undefined : { kind: kind as SegmentKind, begunAt, salt, file };
}

/** The file beside it that says where which line is. */
export const tableFileOf = (file: string): string => file.replace(/\.jsonl$/, '.idx');
