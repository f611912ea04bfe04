/**
 * Changes the log level while the server runs: a signal turns DEBUG on and off again, the debug route sets any level.
 * Every change is a line of its own, written at the lower of the two levels.
 */
import { LOG_LEVELS, levelOf, setLevel, writeAt, type Log, type LogLevel } from './log.ts';

export class Verbosity {
  readonly #log: Log;
  readonly #changed: (by: string, before: LogLevel, now: LogLevel) => void;
  /** The level that the signal restores. */
  #restored: LogLevel;

  /** `changed`: called after each change. */
  constructor(log: Log, changed: (by: string, before: LogLevel, now: LogLevel) => void = () => {}) {
    this.#log = log;
    this.#changed = changed;
    const level = levelOf(log);
    this.#restored = level === 'DEBUG' ? 'INFO' : level;
  }

  get level(): LogLevel {
    return levelOf(this.#log);
  }

  /** Returns the level before the change. `by`: who asked, for the log. */
  set(level: LogLevel, by: string): LogLevel {
    const before = this.level;
    const lower = rank(level) < rank(before) ? level : before;
    if (level !== 'DEBUG') this.#restored = level;
    setLevel(this.#log, lower);
    const shown = rank(lower) > rank('INFO') ? lower : 'INFO';
    writeAt(this.#log, shown, { by, before, now: level }, 'log level changed');
    setLevel(this.#log, level);
    this.#changed(by, before, level);
    return before;
  }

  /** From any level to DEBUG, and from DEBUG to the last one that was not. */
  toggleDebug(by: string): void {
    this.set(this.level === 'DEBUG' ? this.#restored : 'DEBUG', by);
  }
}

const rank = (level: LogLevel): number => LOG_LEVELS.indexOf(level);
