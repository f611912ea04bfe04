/**
 * What the documents say of a route beside its method, path and summary: words, parameters, bodies, answers, the errors
 * that can occur, and sample requests. Data only; src/site/openapi/build.ts makes the OpenAPI document of it.
 */
import type { TSchema } from 'typebox';
import type { ErrorCode } from '../errors.ts';

/** A JSON Schema as far as the documents show it. */
export interface Schema {
  readonly $ref?: string;
  readonly title?: string;
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly [keyword: string]: unknown;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description: string;
  readonly schema: Schema;
}

/** A body that fits the schema beside it, and that a server accepts or returns. */
export interface Example {
  readonly summary: string;
  readonly value: unknown;
}

/** A body in one media type. Examples by name: the names are unique in the whole document. */
export interface Content {
  readonly schema?: TSchema | { readonly oneOf: readonly TSchema[] };
  readonly examples?: Readonly<Record<string, Example>>;
}

/** By media type. */
export type Contents = Readonly<Record<string, Content>>;

/** Headers that only some answers have; src/site/openapi/headers.ts describes them. */
export type AnswerHeader = 'Cache-Status' | 'ETag' | 'x-suspect-images' | 'x-defaulted-features';

export interface AnswerDescription {
  readonly description: string;
  readonly headers?: readonly AnswerHeader[];
  readonly contents: Contents;
}

/** The body of a sample: a file as it is, files as a form (pairs of field and file), or a value as JSON. */
export type SampleBody =
  | { readonly file: string; readonly contentType: string }
  | { readonly form: readonly (readonly [field: string, file: string])[] }
  | { readonly json: unknown };

/** A request that works as it is; `label` says what it sends. */
export interface Sample {
  readonly label: string;
  /** With its query; the method is that of the route. */
  readonly path: string;
  readonly body?: SampleBody;
  /** Whether the status is printed, too. */
  readonly showsStatus?: boolean;
  /** The file that the answer is written to; it is printed when there is none. */
  readonly saveAs?: string;
}

export interface Description {
  /** One of the tags of the set that the route is in. */
  readonly tag: string;
  /** Paragraphs, with code in backticks. */
  readonly description: string;
  /** By the name that each has in the document: those of the path, the query and the headers. */
  readonly parameters?: Readonly<Record<string, Parameter>>;
  readonly body?: { readonly description: string; readonly contents: Contents };
  /** By status, for those that are no error answer. */
  readonly answers: Readonly<Record<number, AnswerDescription>>;
  readonly errors: readonly ErrorCode[];
  readonly samples: readonly Sample[];
}

/** Errors of any route: its headers may be malformed, or the server at fault. */
export const ALWAYS = ['BAD_HEADER', 'INTERNAL'] as const satisfies readonly ErrorCode[];

/** Those of a route that changes the server. */
export const OF_CHANGES = [...ALWAYS, 'AUDIT_UNAVAILABLE'] as const satisfies readonly ErrorCode[];

/** A body of JSON and nothing else. */
export const json = (schema: TSchema, examples: Readonly<Record<string, Example>> = {}): Contents => ({
  'application/json': { schema, examples },
});
