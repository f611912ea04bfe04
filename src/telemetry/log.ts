/**
 * The log: one JSON object a line on stdout, written before the call returns, so that nothing is lost when
 * the process ends (measured: an asynchronous destination loses everything on a crash).
 */
import { destination, pino, type Logger } from 'pino';

export type Log = Logger;

export const LOG_LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const PINO_LEVEL = {
  DEBUG: 'debug',
  INFO: 'info',
  WARNING: 'warn',
  ERROR: 'error',
  CRITICAL: 'fatal',
} as const;
const OUR_LEVEL = new Map(Object.entries(PINO_LEVEL).map(([ours, pinos]) => [pinos as string, ours]));

export interface LogSettings {
  readonly level: LogLevel;
  /** Where lines go; stdout unless a test or a command line says otherwise. */
  readonly write?: (line: string) => void;
}

/** Fields of every line: timestamp (RFC 3339, UTC), level, message; others as the event has them. */
export function createLog({ level, write }: LogSettings): Log {
  return pino(
    {
      level: PINO_LEVEL[level],
      base: null,
      messageKey: 'message',
      errorKey: 'error',
      timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: OUR_LEVEL.get(label) ?? label }) },
    },
    write === undefined ? destination({ fd: 1, sync: true }) : { write },
  );
}
