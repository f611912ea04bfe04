/** The routes of health, with the schemas of what they answer. */
import Type, { type TSchema } from 'typebox';
import type { Exchange } from '../../http/exchange.ts';
import { ALWAYS, json, type Example } from '../description.ts';
import type { DescribedRoute } from '../route-set.ts';
import { Adapter, MODEL, STATES, text } from '../schemas.ts';
import type { HealthFacts } from '../health.ts';
import { health, live, ready, startup } from './health.ts';

const VersionHealth = Type.Object(
  {
    name: Type.String(),
    version: Type.String(),
    state: Type.Enum(STATES),
    provider: Type.Optional(text('The execution provider that runs it.')),
    adapter: Adapter,
    fallback_reason: Type.Optional(text('Why that is not the device that was asked for.')),
    reason: Type.Optional(text('Why it is unavailable.')),
    quarantined: Type.Optional(
      Type.Boolean({ description: 'Whether that is because it has crashed the server.' }),
    ),
  },
  { title: 'VersionHealth' },
);

const Warning = Type.Object(
  {
    folder: text('The folder of a model, or that of all models.'),
    reason: text('What in it is not served, why, and what to rename.'),
  },
  { title: 'Warning', description: 'Something that looks like a model and is not served.' },
);

const Workers = Type.Object(
  {
    alive: Type.Integer({ minimum: 0 }),
    of: Type.Integer({ minimum: 1 }),
    healthy: Type.Boolean({ description: 'False after repeated deaths of workers.' }),
    wedged: Type.Boolean({ description: 'A worker runs a batch that does not end.' }),
  },
  { title: 'Workers', description: 'The worker threads.' },
);

const Crash = Type.Object(
  {
    at: Type.String({ format: 'date-time' }),
    signal: text('SIGFPE, SIGSEGV, …'),
    running: Type.Array(
      Type.Object({
        name: Type.String(),
        version: Type.String(),
        doing: Type.Enum(['load', 'run']),
      }),
      { description: 'The versions that were being loaded or run.' },
    ),
  },
  { title: 'Crash', description: 'Native code has ended a server on this cache folder.' },
);

const serviceStatus = Type.Enum(['ok', 'starting', 'draining', 'unavailable']);

export const Health = Type.Object(
  {
    status: serviceStatus,
    models: Type.Array(VersionHealth),
    warnings: Type.Array(Warning),
    workers: Workers,
    last_crash: Type.Optional(Crash),
  },
  { title: 'Health', description: 'Status is ok when the default model can be used and no part has failed.' },
);

export const Liveness = Type.Object({ status: Type.Enum(['ok', 'wedged']) }, { title: 'Liveness' });
export const Readiness = Type.Object({ status: serviceStatus }, { title: 'Readiness' });
export const Startup = Type.Object({ status: Type.Enum(['ok', 'starting']) }, { title: 'Startup' });

const workers = { alive: 2, of: 2, healthy: true, wedged: false };

const HEALTHY: Example = {
  summary: 'Healthy',
  value: { status: 'ok', models: [{ ...MODEL, state: 'ready', provider: 'cpu' }], warnings: [], workers },
};

const UNHEALTHY: Example = {
  summary: 'The model is still loading',
  value: { status: 'starting', models: [{ ...MODEL, state: 'loading' }], warnings: [], workers },
};

interface Check {
  readonly pattern: string;
  readonly summary: string;
  readonly description: string;
  /** What 200 and what 503 means. */
  readonly good: string;
  readonly bad: string;
  readonly schema: TSchema;
  readonly examples?: { readonly good: Record<string, Example>; readonly bad: Record<string, Example> };
  readonly answer: (exchange: Exchange, facts: HealthFacts) => void;
}

/** A route that answers with 200 or 503, with one schema for both. */
const check = ({
  pattern,
  summary,
  description,
  good,
  bad,
  schema,
  examples,
  answer,
}: Check): DescribedRoute<{ readonly health: () => HealthFacts }> => ({
  method: 'GET',
  pattern,
  quiet: true,
  access: 'anyone',
  summary,
  tag: 'Health',
  description,
  answers: {
    200: { description: good, contents: json(schema, examples?.good) },
    503: { description: bad, contents: json(schema, examples?.bad) },
  },
  errors: ALWAYS,
  samples: [{ label: 'With the status', path: pattern, showsStatus: true }],
  handle: (exchange, facts) => answer(exchange, facts.health()),
});

export const healthRoute = check({
  pattern: '/health',
  summary: 'Whether the service is healthy, and which part is not',
  description: 'The state of every model version, and of the worker threads.',
  good: 'The default model can be used, and no part has failed.',
  bad: 'Starting, draining or unavailable; the body says which part.',
  schema: Health,
  examples: { good: { healthy: HEALTHY }, bad: { unhealthy: UNHEALTHY } },
  answer: health,
});

export const livenessRoute = check({
  pattern: '/health/live',
  summary: 'Liveness: 503 means that a restart would help',
  description: 'For a liveness probe. Neither overload nor draining makes it fail.',
  good: 'No restart is needed.',
  bad: 'A worker thread is wedged, and only a restart can end it.',
  schema: Liveness,
  answer: live,
});

export const readinessRoute = check({
  pattern: '/health/ready',
  summary: 'Readiness: whether requests are to be sent here',
  description:
    'For a readiness probe and for load balancers. While it drains, the server still answers requests that come.',
  good: 'Send requests here.',
  bad: 'Send requests elsewhere.',
  schema: Readiness,
  answer: ready,
});

export const startupRoute = check({
  pattern: '/health/startup',
  summary: 'Whether the start is over',
  description: 'For a startup probe.',
  good: 'The default model has been loaded and warmed up.',
  bad: 'The server is starting.',
  schema: Startup,
  answer: startup,
});
