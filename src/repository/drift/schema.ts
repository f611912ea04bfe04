/**
 * The schema of drift.json, which lies beside the model file of a version: what its inputs and answers looked like when they
 * were as they should be. `ortolan drift baseline` writes it; its two settings may be edited.
 */
import Type, { type Static } from 'typebox';

/** Fewer rows say too little of a distribution. */
export const MIN_ROWS = 200;

/** More rows are sampled: quantiles do not get better where it matters. */
export const MAX_ROWS = 10_000;

/** Numbers of a version that are watched at most; each has some 20 series. */
export const MAX_NUMBERS = 80;

/** Classes with a cell of their own; the rest is `other`. */
export const TOP_CLASSES = 50;

export const WINDOW = { normal: 500, least: 50, most: 100_000 };

/** In windows. */
export const FALSE_ALARM_EVERY = { normal: 1000, least: 10, most: 100_000 };

const closed = { additionalProperties: false } as const;
const count = Type.Integer({ minimum: 0 });
const feature = Type.String({ minLength: 1, maxLength: 200 });

const NumberFeature = Type.Object(
  {
    feature,
    /** Upper edges of all bins but the last, ascending. */
    edges: Type.Array(Type.Number(), { maxItems: 64 }),
    /** Rows of each bin; one more than edges. */
    counts: Type.Array(count, { minItems: 1, maxItems: 65 }),
    /** Rows whose value was no number. */
    missing: count,
  },
  closed,
);

const ClassFeature = Type.Object(
  {
    feature,
    values: Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { maxItems: TOP_CLASSES }),
    /** Rows of each value. */
    counts: Type.Array(count, { maxItems: TOP_CLASSES }),
    other: count,
  },
  closed,
);

export const ReferenceSchema = Type.Object(
  {
    format: Type.Literal('ortolan-drift-1'),
    model: Type.String({ minLength: 1, maxLength: 64 }),
    version: Type.String({ pattern: '^[1-9][0-9]{0,8}$' }),
    /** Lower-case hexadecimal sha256 of the files of the version, as contentDigest() returns it. */
    digest: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    /** What shapes the numbers besides the files of the version: decoder, preprocessing, softmax. */
    settings: Type.Record(Type.String(), Type.Unknown()),
    /** When it was made, in ISO 8601. */
    made: Type.String({ maxLength: 40 }),
    from: Type.Enum(['images', 'rows', 'traffic']),
    rows: Type.Integer({ minimum: MIN_ROWS, maximum: MAX_ROWS }),
    /** Rows that are compared with it at a time. */
    window: Type.Integer({ minimum: WINDOW.least, maximum: WINDOW.most }),
    /** Windows without drift from one false alarm to the next, on average. */
    falseAlarmEvery: Type.Integer({ minimum: FALSE_ALARM_EVERY.least, maximum: FALSE_ALARM_EVERY.most }),
    numbers: Type.Array(NumberFeature, { maxItems: MAX_NUMBERS }),
    classes: Type.Array(ClassFeature, { maxItems: 4 }),
  },
  closed,
);

export type Reference = Readonly<Static<typeof ReferenceSchema>>;
