/** Changes the log level, for the operator: other clients get the answer of an unknown path. */
import Type from 'typebox';
import { ServingError } from '../../errors.ts';
import type { Exchange } from '../../http/exchange.ts';
import { LOG_LEVELS, type LogLevel } from '../../telemetry/log/log.ts';
import type { Verbosity } from '../../telemetry/log/verbosity.ts';
import { json, OF_CHANGES, type Parameter } from '../description.ts';
import type { DescribedRoute } from '../route-set.ts';

const levelOf = (description: string) => Type.Enum([...LOG_LEVELS], { description });

export const Levels = Type.Object(
  { level: levelOf('The level now.'), before: levelOf('The level before.') },
  { title: 'LogLevel', description: 'The log level: lines of this level and above are logged.' },
);

const Level: Parameter = {
  name: 'level',
  in: 'query',
  required: true,
  description: 'The lowest level that is logged from now on.',
  schema: { type: 'string', enum: [...LOG_LEVELS] },
};

interface LogLevelParts {
  readonly verbosity: Verbosity;
}

export const logLevelRoute: DescribedRoute<LogLevelParts> = {
  method: 'PUT',
  pattern: '/debug/log-level',
  quiet: true,
  access: 'operator',
  summary: 'Change how much is logged, from this machine and where the server is set to allow it',
  tag: 'Operations',
  description:
    'Holds until the next change or the next start. Answered with 404 unless the server was started with `--log-level-route loopback` and the connection comes from its own machine.',
  parameters: { Level },
  answers: { 200: { description: 'The level was changed.', contents: json(Levels) } },
  errors: [...OF_CHANGES, 'BAD_QUERY', 'ROUTE_NOT_FOUND'],
  samples: [{ label: 'Log everything', path: '/debug/log-level?level=DEBUG' }],
  handle: (exchange, parts) => setLogLevel(exchange, parts.verbosity),
};

/** @throws ServingError BAD_QUERY unless the query is `level=` and one of the levels. */
export function setLogLevel(exchange: Exchange, verbosity: Verbosity): void {
  const given = new URLSearchParams(exchange.head.query);
  const level = given.get('level');
  if (given.size !== 1 || !isLevel(level)) {
    throw new ServingError('BAD_QUERY', `level is one of ${LOG_LEVELS.join(', ')}.`, { pointer: '/level' });
  }
  const before = verbosity.set(level, 'request');
  exchange.answer({ contentType: 'application/json', body: JSON.stringify({ level, before }) });
}

const isLevel = (text: string | null): text is LogLevel => LOG_LEVELS.some((level) => level === text);
