/** Validates values against schemas, optionally with unknown members as errors. */
import type { Test } from 'tap';
import { Errors } from 'typebox/schema';
import type { Answer } from '../../src/http/answer/answer.ts';
import type { Exchange } from '../../src/http/exchange.ts';

type Json = Readonly<Record<string, unknown>>;

/** The faults of a value, as `pointer message`; empty when it is valid. */
export function faultsOf(schema: object, value: unknown): readonly string[] {
  const [, faults] = Errors(schema as never, value);
  return faults.map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** The schema with every object closed: undeclared members are faults too. */
export function closed(schema: unknown): object {
  if (typeof schema !== 'object' || schema === null) return schema as never;
  if (Array.isArray(schema)) return schema.map(closed);
  const inside = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return 'properties' in schema ? { additionalProperties: false, ...inside } : inside;
}

/** Asserts that no member of the JSON text is missing, wrong or undeclared. */
export const fits = (t: Test, schema: object, json: string): void => {
  t.strictSame(faultsOf(closed(schema), JSON.parse(json)), []);
};

/** The body that a handler answers with, for the model m. */
export function answerOf(handle: (exchange: Exchange) => void): string {
  let body = '';
  handle({
    head: { parameters: ['m'], query: '' },
    mayUse: () => true,
    answer: (answer: Answer) => {
      body = String(answer.body);
    },
  } as unknown as Exchange);
  return body;
}

/** The part of the document that a reference names. */
export function resolve(document: object, reference: string): unknown {
  return reference
    .split('/')
    .slice(1)
    .reduce<unknown>((place, step) => (place as Json | undefined)?.[step.replaceAll('~1', '/')], document);
}

/** The schema with its references replaced by their targets. */
export function inlined(document: object, schema: unknown): object {
  if (typeof schema !== 'object' || schema === null) return schema as never;
  if (Array.isArray(schema)) return schema.map((each) => inlined(document, each));
  const { $ref } = schema as { $ref?: string };
  if ($ref !== undefined) return inlined(document, resolve(document, $ref));
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, inlined(document, value)]));
}
