/**
 * Every option of the server, once: type, range, default, unit and what it is for, in one file for each group. The
 * flag, the environment name, the error texts, --help and docs/configuration.md are made from these. Nothing reads
 * the environment anywhere else.
 */
import type { Static, TOptional, TSchema } from 'typebox';
import type { OptionNotes } from './option.ts';
import { AUTHENTICATION } from './options/authentication.ts';
import { CALLERS } from './options/callers.ts';
import { ARTIFACTS } from './options/artifacts.ts';
import { AUDIT } from './options/audit.ts';
import { ANSWERS } from './options/answers.ts';
import { FEATURES } from './options/features.ts';
import { FEDERATED } from './options/federated.ts';
import { LIMITS } from './options/limits.ts';
import { LOGGING } from './options/logging.ts';
import { MODELS } from './options/models.ts';
import { PREDICTIONS } from './options/predictions.ts';
import { SCHEDULING } from './options/scheduling.ts';
import { SERVER } from './options/server.ts';
import { TLS } from './options/tls.ts';
import { TRACING } from './options/tracing.ts';
import { TRUST } from './options/trust.ts';
import { URLS } from './options/urls.ts';

export const OPTIONS = {
  ...SERVER,
  ...TLS,
  ...AUTHENTICATION,
  ...ANSWERS,
  ...MODELS,
  ...ARTIFACTS,
  ...TRUST,
  ...SCHEDULING,
  ...LIMITS,
  ...CALLERS,
  ...URLS,
  ...FEATURES,
  ...FEDERATED,
  ...LOGGING,
  ...AUDIT,
  ...PREDICTIONS,
  ...TRACING,
} as const satisfies Record<string, TSchema>;

export type OptionName = keyof typeof OPTIONS;
export const OPTION_NAMES = Object.keys(OPTIONS) as OptionName[];

/** The options under each heading of documents and of --help, in the order of both. */
export const OPTION_GROUPS: readonly (readonly [heading: string, names: readonly OptionName[]])[] = (
  [
    ['Server', SERVER],
    ['TLS', TLS],
    ['Authentication', AUTHENTICATION],
    ['Answers', ANSWERS],
    ['Models', MODELS],
    ['Artifacts', ARTIFACTS],
    ['Trust in models', TRUST],
    ['Scheduling', SCHEDULING],
    ['Limits', LIMITS],
    ['Limits of each caller', CALLERS],
    ['Images by URL', URLS],
    ['Feature stores', FEATURES],
    ['Federated rounds', FEDERATED],
    ['Logging', LOGGING],
    ['Audit log', AUDIT],
    ['Predictions and feedback', PREDICTIONS],
    ['Tracing', TRACING],
  ] as const
).map(([heading, rows]) => [heading, Object.keys(rows) as OptionName[]]);

type ValueOf<Row extends TSchema> = Readonly<Static<Row>> | (Row extends TOptional ? undefined : never);

/** The resolved options: paths are absolute, computed defaults filled in. An optional one may be undefined. */
export type Config = { readonly [Name in OptionName]: ValueOf<(typeof OPTIONS)[Name]> };

/** One row of the table as plain facts, for the code that treats all options alike. */
export interface OptionFacts extends OptionNotes {
  readonly description: string;
  readonly type?: 'string' | 'integer' | 'number' | 'array';
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
}

export const factsOf = (name: OptionName): OptionFacts => OPTIONS[name] as unknown as OptionFacts;
