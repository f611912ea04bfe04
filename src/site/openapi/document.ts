/** The shape of an OpenAPI document, as far as build.ts writes it and the page at /docs shows it. */
import type { ErrorCode } from '../../errors.ts';
import type { Example, Parameter, Schema } from '../../protocol/description.ts';

export interface Reference {
  readonly $ref: string;
}

export interface MediaType {
  readonly schema?: Schema;
  readonly examples?: Readonly<Record<string, Reference>>;
}

export interface ResponseObject {
  readonly description: string;
  readonly headers: Readonly<Record<string, Reference>>;
  readonly content: Readonly<Record<string, MediaType>>;
  /** The codes of an error answer. */
  readonly 'x-error-codes'?: readonly ErrorCode[];
}

export interface OperationObject {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly Reference[];
  readonly requestBody?: {
    readonly description: string;
    readonly required: boolean;
    readonly content: Readonly<Record<string, MediaType>>;
  };
  readonly responses: Readonly<Record<string, ResponseObject>>;
  /** By the name of the scheme, with the scopes that it needs; each by itself is enough. */
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly 'x-codeSamples': readonly {
    readonly lang: string;
    readonly label: string;
    readonly source: string;
  }[];
}

export interface Header {
  readonly description: string;
  readonly schema: Schema;
}

export interface ErrorDescription {
  readonly code: ErrorCode;
  readonly status: number;
  readonly retryable: boolean;
  readonly means: string;
  readonly todo: string;
}

export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly summary: string;
    /** Paragraphs, with code in backticks. */
    readonly description: string;
    readonly license: { readonly name: string; readonly identifier: string };
  };
  readonly servers: readonly { readonly url: string; readonly description: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  /** By path, then by method in lower case. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: {
    readonly parameters: Readonly<Record<string, Parameter>>;
    readonly headers: Readonly<Record<string, Header>>;
    readonly examples: Readonly<Record<string, Example>>;
    /** Answers that belong to no route. */
    readonly responses: Readonly<Record<string, ResponseObject>>;
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly securitySchemes: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
  /** Every code, once. */
  readonly 'x-errors': readonly ErrorDescription[];
}
