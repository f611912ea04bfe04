/** Options of the log. */
import Type from 'typebox';
import { about } from '../option.ts';

export const LOGGING = {
  logLevel: Type.Enum(['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'], {
    default: 'INFO',
    ...about('Lowest level that is logged.'),
  }),
  logSample: Type.Number({
    default: 1,
    minimum: 0,
    maximum: 1,
    ...about('Share of successful requests that are logged, from 0 to 1. Failures always are.'),
  }),
  logMaxPerSecond: Type.Integer({
    default: 100,
    minimum: 0,
    maximum: 1_000_000,
    ...about(
      'Most log lines a second for successful requests; the next line reports those left out as suppressed. Failures are always logged, and at DEBUG everything is.',
    ),
  }),
  logLevelRoute: Type.Enum(['off', 'loopback'], {
    default: 'off',
    ...about(
      'Whether PUT /debug/log-level?level=DEBUG changes logLevel: never, or for connections from this machine. Leave it off behind a proxy on the same machine, because all its connections are from this machine. SIGUSR2 turns DEBUG on and off in any case.',
    ),
  }),
} as const;
