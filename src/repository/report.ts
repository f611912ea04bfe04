/**
 * The report of a version: `report.json` in its folder says how it was made, and how it answered held-out examples beside the
 * version that it was measured against. The gate (src/gate/) writes it; /v1/models shows it. Files of that name with another
 * `format` are somebody else's, and are passed over.
 */
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import Type, { type Static } from 'typebox';
import { Check } from 'typebox/schema';
import { insideIfThere } from './real-path.ts';

export const REPORT_FILE = 'report.json';
export const REPORT_FORMAT = 'ortolan-report-1';

/** 10 000 classes take 4 MiB. */
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_CLASSES = 10_000;

const text = (maxLength = 1000) => Type.String({ maxLength });
const share = Type.Number({ minimum: -1, maximum: 1 });
const count = Type.Integer({ minimum: 0 });

/** `hits` of `n`, with the bounds of a 95 % interval (Wilson). */
const Share = Type.Object({ n: count, hits: count, share, low: share, high: share });
/** `lost`: answers that only the champion has right; `won`: only the challenger. The interval is Tango's. */
const Drop = Type.Object({ share, lost: count, won: count, low: share, high: share });
const Accuracy = Type.Object({ champion: Share, challenger: Share, drop: Drop });

const Side = Type.Object({
  name: text(100),
  version: text(100),
  /** Of all its files, as contentDigest() has it. */
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  /** Of all its files. */
  bytes: count,
  /** Median run of one row on one core, without decoding. */
  msPerRow: Type.Optional(Type.Number({ minimum: 0 })),
});

const Gate = Type.Object({
  passed: Type.Boolean(),
  /** Why it did not pass. */
  refusals: Type.Array(text(), { maxItems: 20 }),
  /** Those that were asked for, or hold without a word: src/gate/limits.ts. */
  limits: Type.Record(Type.String({ maxLength: 40 }), Type.Union([Type.Number(), Type.Boolean()])),
  examples: Type.Object({
    kind: Type.Enum(['images', 'rows']),
    n: count,
    labelled: Type.Boolean(),
    /** Of the digests of the examples, in their order. */
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  }),
  champion: Side,
  challenger: Side,
  /** Answers of the challenger that were none: it failed, or gave no numbers. */
  failed: count,
  agreement: Share,
  /** Where the right answers are known. */
  accuracy: Type.Optional(Accuracy),
  /** By the right class or, without labels, the champion's; their intervals hold together. */
  classes: Type.Array(
    Type.Object({
      classId: count,
      label: Type.Optional(text(1000)),
      agreement: Share,
      accuracy: Type.Optional(Accuracy),
    }),
    { maxItems: MAX_CLASSES },
  ),
  /** What measured the times. */
  machine: Type.Object({ processor: text(200), architecture: text(40) }),
});

export const ReportSchema = Type.Object({
  format: Type.Literal(REPORT_FORMAT),
  /** ISO 8601. */
  madeAt: text(40),
  /** How the challenger was made; undefined: it was only judged. */
  made: Type.Optional(
    Type.Object({
      /** `int8`, `prune`, or another word of the program that made it. */
      how: text(100),
      /** The version that it was made from. */
      from: Type.Optional(text(100)),
      /** Further facts, for people. */
      facts: Type.Optional(
        Type.Record(
          Type.String({ maxLength: 100 }),
          Type.Union([text(), Type.Number(), Type.Boolean(), Type.Array(text(), { maxItems: 1000 })]),
        ),
      ),
    }),
  ),
  gate: Gate,
});

export type Report = Readonly<Static<typeof ReportSchema>>;

type ReportedClass = Report['gate']['classes'][number];

/** The classes that are not answered as before, the greatest loss first; at most `most`. */
export function mostChanged({ gate }: Report, most: number): ReportedClass[] {
  const loss = ({ accuracy, agreement }: ReportedClass): number =>
    accuracy?.drop.share ?? 1 - agreement.share;
  const changed = gate.classes.filter(({ agreement }) => agreement.hits < agreement.n);
  return changed.toSorted((a, b) => loss(b) - loss(a)).slice(0, most);
}

/** The report in a text; undefined when it is none of ours. */
export function parseReport(content: string): Report | undefined {
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch {
    return undefined;
  }
  return Check(ReportSchema, json) ? json : undefined;
}

/**
 * The report in a folder, of the version whose model is `file`; undefined when there is none of ours, or it lies outside of the
 * repository, whose folder is `root`.
 */
export async function readReport(file: string, root: string): Promise<Report | undefined> {
  try {
    const path = await insideIfThere(root, join(dirname(file), REPORT_FILE));
    if (path === undefined) return undefined;
    await using handle = await open(path);
    const facts = await handle.stat();
    if (!facts.isFile() || facts.size > MAX_BYTES) return undefined;
    return parseReport(await handle.readFile('utf8'));
  } catch {
    return undefined;
  }
}
