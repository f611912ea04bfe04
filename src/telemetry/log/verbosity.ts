/**
 * How much is logged, changed while the server runs: a signal turns DEBUG on and off again, the debug route sets any
 * level. Every change is a line of its own, written while the more talkative of the two levels holds.
 */
import { LOG_LEVELS, levelOf, setLevel, writeAt, type Log, type LogLevel } from './log.ts';

export class Verbosity {
  readonly #log: Log;
  /** Where the signal goes back to. */
  #usual: LogLevel;

  constructor(log: Log) {
    this.#log = log;
    const level = levelOf(log);
    this.#usual = level === 'DEBUG' ? 'INFO' : level;
  }

  get level(): LogLevel {
    return levelOf(this.#log);
  }

  /** Gives the level that held before. `by`: who asked, for the log. */
  set(level: LogLevel, by: string): LogLevel {
    const before = this.level;
    const talkative = rank(level) < rank(before) ? level : before;
    if (level !== 'DEBUG') this.#usual = level;
    setLevel(this.#log, talkative);
    const shown = rank(talkative) > rank('INFO') ? talkative : 'INFO';
    writeAt(this.#log, shown, { by, before, now: level }, 'log level changed');
    setLevel(this.#log, level);
    return before;
  }

  /** From any level to DEBUG, and from DEBUG to the last one that was not. */
  toggleDebug(by: string): void {
    this.set(this.level === 'DEBUG' ? this.#usual : 'DEBUG', by);
  }
}

const rank = (level: LogLevel): number => LOG_LEVELS.indexOf(level);
