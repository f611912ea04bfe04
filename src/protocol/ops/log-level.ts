/**
 * Changes how much is logged, for whoever is on the machine itself. Anybody else, and everybody where the operator has
 * not opened it, is told what any wrong path is told. A page in a browser on the machine is somebody else.
 */
import { ServingError } from '../../errors.ts';
import { LOG_LEVELS, type LogLevel } from '../../telemetry/log/log.ts';
import type { Verbosity } from '../../telemetry/log/verbosity.ts';
import type { Exchange } from '../../http/exchange.ts';
import { nothingHere } from '../../http/routes.ts';

/** @throws ServingError ROUTE_NOT_FOUND, or BAD_QUERY unless the query is `level=` and one of the levels. */
export function setLogLevel(exchange: Exchange, open: 'off' | 'loopback', verbosity: Verbosity): void {
  if (open !== 'loopback' || !exchange.fromLoopback || exchange.head.origin !== '') {
    throw nothingHere();
  }
  const given = new URLSearchParams(exchange.head.query);
  const level = given.get('level');
  if (given.size !== 1 || !isLevel(level)) {
    throw new ServingError('BAD_QUERY', `level is one of ${LOG_LEVELS.join(', ')}.`, { pointer: '/level' });
  }
  const before = verbosity.set(level, 'request');
  exchange.answer({ contentType: 'application/json', body: JSON.stringify({ level, before }) });
}

const isLevel = (text: string | null): text is LogLevel => LOG_LEVELS.some((level) => level === text);
