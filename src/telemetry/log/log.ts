/**
 * The log: one JSON object a line on stdout, written before the call returns, so that nothing is lost when the process
 * ends (measured: an asynchronous destination loses everything on a crash). Only a reader that stops reading changes
 * that: lines then wait in memory, and in the end are dropped and counted.
 */
import { pino, type DestinationStream, type Logger } from 'pino';
import { LineWriter, type Losses } from './line-writer.ts';
import { openStdout } from './stdout.ts';

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
  /** Called for each line that stdout did not take. */
  readonly dropped?: () => void;
}

/** Fields of every line: timestamp (RFC 3339, UTC), level, message; others as the event has them. */
export function createLog({ level, write, dropped = () => {} }: LogSettings): Log {
  const log: Log = pino(
    {
      level: PINO_LEVEL[level],
      base: null,
      messageKey: 'message',
      errorKey: 'error',
      timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: OUR_LEVEL.get(label) ?? label }) },
    },
    write === undefined ? stdout({ dropped, report: (lines) => reportLost(log, lines) }) : { write },
  );
  return log;
}

function stdout(losses: Losses): DestinationStream {
  const lines = new LineWriter(openStdout(), losses);
  process.once('exit', () => lines.flush());
  return lines;
}

/** At WARNING, or at the lowest level that is written: it must not be lost as well. */
function reportLost(log: Log, lines: number): void {
  const level = log.isLevelEnabled('warn') ? 'warn' : (log.level as 'error' | 'fatal');
  log[level]({ dropped_lines: lines }, 'log lines were dropped: stdout did not take them');
}

/** Writes a line, with its line end, to where the log goes, as it is and at any level. */
export function rawLine(log: Log, line: string): void {
  (log as unknown as Record<symbol, DestinationStream>)[pino.symbols.streamSym]!.write(line);
}

/** The least severe level that is written. */
export const levelOf = (log: Log): LogLevel => (OUR_LEVEL.get(log.level) as LogLevel | undefined) ?? 'INFO';

/** From the next line on. */
export function setLevel(log: Log, level: LogLevel): void {
  log.level = PINO_LEVEL[level];
}

/** Writes a line of that level. */
export function writeAt(
  log: Log,
  level: LogLevel,
  facts: Readonly<Record<string, unknown>>,
  message: string,
): void {
  log[PINO_LEVEL[level]](facts, message);
}

/** Characters of a client's text that are kept: more would make a line as long as the client's headers. */
const LONGEST = 300;

/**
 * Characters that a terminal or a viewer of logs may interpret instead of showing: control characters, marks of
 * direction, separators of lines and paragraphs, halves of surrogate pairs. JSON escapes only the first 32 of them.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Text that may contain a client's words, made safe for a line: cut at 300 characters, unsafe ones as `\u{…}`. */
export function plain(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return cut.replace(UNSAFE, (mark) => `\\u{${mark.codePointAt(0)!.toString(16)}}`);
}
