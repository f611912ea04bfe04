/**
 * The file of API keys: `{"version": 1, "keys": [{id, name, sha256, scopes, …}]}`. It holds digests, never a key. Anything
 * in it that is not understood is refused, so that a misspelt `expires` or `models` does not leave a key open.
 */
import Type, { type Static } from 'typebox';
import { Errors } from 'typebox/schema';
import { RATE_PATTERN } from '../rate.ts';
import { SCOPES } from '../identity.ts';

const closed = { additionalProperties: false } as const;

/** UTC, to the second or its thousandth. */
const Time = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{3})?Z$' });
const count = Type.Integer({ minimum: 1, maximum: 1_000_000_000 });

/** The name of a model, as its folder has it. */
const ModelName = Type.String({ minLength: 1, maxLength: 64 });

const Limits = Type.Object(
  {
    /** `5/s`, `300/min`, `1000/h`. */
    rate: Type.Optional(Type.String({ pattern: RATE_PATTERN })),
    burst: Type.Optional(count),
    concurrency: Type.Optional(count),
    daily: Type.Optional(count),
  },
  closed,
);

export const Row = Type.Object(
  {
    id: Type.String({ pattern: '^[0-9a-z]{12}$' }),
    /** Who holds it; several keys may have the same name, while one replaces the other. */
    name: Type.String({ pattern: '^[A-Za-z0-9][\\w.@:-]{0,63}$' }),
    /** Of the whole key, in hexadecimal. */
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    scopes: Type.Array(Type.Enum([...SCOPES]), { minItems: 1 }),
    models: Type.Optional(Type.Array(ModelName, { minItems: 1, maxItems: 1000 })),
    limits: Type.Optional(Limits),
    created: Time,
    /** From then on it is refused. */
    expires: Type.Optional(Time),
    revoked: Type.Optional(Time),
  },
  closed,
);
export type Row = Readonly<Static<typeof Row>>;

const KeysFile = Type.Object(
  { version: Type.Literal(1), keys: Type.Array(Row, { maxItems: 50_000 }) },
  closed,
);

/** The largest file: some 20,000 keys. */
export const MAX_FILE_BYTES = 8 * 1024 * 1024;

/** The text is no file of keys; the message is a sentence to follow its path. */
export class KeysFileFault extends Error {
  override readonly name = 'KeysFileFault';
}

/** @throws KeysFileFault */
export function parseKeys(text: string): readonly Row[] {
  let content: unknown;
  try {
    content = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    // The message of JSON.parse quotes the text, which may be a key that somebody has written there.
    throw new KeysFileFault('is not valid JSON.');
  }
  const [valid, faults] = Errors(KeysFile, content);
  if (!valid) throw new KeysFileFault(sentenceOf(faults as readonly Fault[]));
  const { keys } = content as Static<typeof KeysFile>;
  const ids = new Set<string>();
  for (const [index, row] of keys.entries()) {
    if (ids.has(row.id)) throw new KeysFileFault(`has two keys with the id ${row.id}.`);
    ids.add(row.id);
    for (const field of ['created', 'expires', 'revoked'] as const) {
      const time = row[field];
      if (time === undefined || !Number.isNaN(timeOf(time))) continue;
      throw new KeysFileFault(`is wrong at /keys/${index}/${field}: there is no such time.`);
    }
  }
  return keys;
}

/** Milliseconds since 1970; NaN for a day that no month has, which Date.parse() takes for one of the next. */
export function timeOf(text: string): number {
  const at = Date.parse(text);
  const sameDay =
    !Number.isNaN(at) && new Date(at).toISOString().startsWith(text.slice(0, 'yyyy-mm-dd'.length));
  return sameDay ? at : NaN;
}

export const textOfKeys = (keys: readonly Row[]): string =>
  `${JSON.stringify({ version: 1, keys }, null, 2)}\n`;

interface Fault {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message: string;
  readonly params: { readonly additionalProperties?: readonly string[] };
}

function sentenceOf(faults: readonly Fault[]): string {
  // An unknown field is reported twice: by itself as "schema is false", and by the object that refuses it.
  const { keyword, instancePath, message, params } =
    faults.find((fault) => fault.keyword !== 'boolean') ?? faults[0]!;
  const place = instancePath === '' ? '' : ` at ${instancePath}`;
  if (keyword !== 'additionalProperties') return `is wrong${place}: ${message}.`;
  return `is wrong${place}: it has fields that are not known here: ${(params.additionalProperties ?? []).join(', ')}.`;
}
