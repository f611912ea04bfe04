/**
 * Schemas that more than one protocol uses. A schema with a title becomes a component of that name in the OpenAPI
 * document. Tests compare those of the answers with what the encoders write; those of the requests are the codecs' own.
 *
 * Answers are open: a later version may add members, and clients are to ignore what they do not know.
 */
import Type from 'typebox';
import type { DispatchReason } from '../batcher/batching-policy.ts';
import { ERRORS, type ErrorCode } from '../errors.ts';
import type { ModelState } from '../serving/model-version.ts';
import type { Width } from '../thread/load.ts';

/** The members of a union of string literals: one too many or too few does not compile. */
const namesOf = <Name extends string>(names: Record<Name, true>) => Object.keys(names) as Name[];

export const STATES = namesOf<ModelState>({ waiting: true, loading: true, ready: true, unavailable: true });
export const REASONS = namesOf<DispatchReason>({ idle: true, full: true, delay: true, prefetch: true });
export const WIDTHS = namesOf<Width>({ narrow: true, wide: true });

export const text = (description: string) => Type.String({ description });
/** Of a version that runs on a device. */
export const Adapter = Type.Optional(
  Type.Object(
    {
      name: text('As its driver names it.'),
      software: Type.Boolean({ description: 'Whether it is a program that computes on the CPU.' }),
    },
    { title: 'Adapter', description: 'What the device is on this machine.' },
  ),
);

/** Milliseconds, seconds or a ratio. */
export const amount = (description: string) => Type.Number({ minimum: 0, description });
export const count = (description: string) => Type.Integer({ minimum: 0, description });

/** Of a batch, as the scheduler describes it. */
export const batchRows = Type.Integer({ minimum: 1, description: 'Rows of the batch.' });
export const batchWidth = Type.Enum([...WIDTHS], { description: 'One thread, or all cores.' });

/** Bytes as they are; the media type says of what. */
export const Bytes = Type.Unsafe<Uint8Array>({ type: 'string', format: 'binary' });

export const errorCode = Type.Enum(Object.keys(ERRORS) as ErrorCode[], {
  description: 'Stable, for programs.',
});

export const ErrorAnswer = Type.Object(
  {
    error: text('A sentence for people; its words may change.'),
    code: errorCode,
    retryable: Type.Boolean({ description: 'Whether the same request may succeed if it is sent again.' }),
    request_id: text('The request id of the header `x-request-id`; the log has it too.'),
    pointer: Type.Optional(text('JSON pointer to the place in the body, the form or the query.')),
  },
  { title: 'Error', description: 'Every error, whatever the route.' },
);

/** In examples: the id of the request, and the model in the box. */
export const REQUEST_ID = '4cf36f21-63b4-4a35-9a2c-7b1a5a3a0b52';
export const MODEL = { name: 'efficientnet-lite0', version: '1' };
