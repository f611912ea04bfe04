/** Options of the log. */
import Type from 'typebox';
import { about } from '../option.ts';

export const LOGGING = {
  logLevel: Type.Enum(['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'], {
    default: 'INFO',
    ...about('Least important level that is logged.'),
  }),
  logSample: Type.Number({
    default: 1,
    minimum: 0,
    maximum: 1,
    ...about(
      'Share of successful requests that get a log line; failures always do. Lower it when a sample is enough.',
    ),
  }),
  logMaxPerSecond: Type.Integer({
    default: 100,
    minimum: 0,
    maximum: 1_000_000,
    ...about(
      'Most lines a second about successful requests, so that a fast model does not drown in its log; the next line says how many were left out as suppressed. Failures are always logged, and at DEBUG everything is.',
    ),
  }),
  logLevelRoute: Type.Enum(['off', 'loopback'], {
    default: 'off',
    ...about(
      'Whether PUT /debug/log-level?level=DEBUG changes logLevel: for nobody, or for connections from this machine. Leave it off behind a proxy on the same machine, from which every connection seems to come. SIGUSR2 turns DEBUG on and off in any case.',
    ),
  }),
} as const;
