/** What a command is given of the process: two output streams, the environment, the working folder. */

export interface Terminal {
  /** Results, one or more lines. */
  out(text: string): void;
  /** Everything for people that is not a result. */
  err(text: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Whether results may carry colours. */
  readonly colour: boolean;
  /** Whether results may carry block characters. */
  readonly unicode: boolean;
  /** Whether err is a terminal: progress may redraw its line. */
  readonly watched: boolean;
}

export function systemTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  // `ortolan models list | head -1` closes the pipe early, and a terminal may be closed: the rest of the output is dropped.
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    });
  }
  return {
    out: (text) => void stdout.write(`${text}\n`),
    err: (text) => void stderr.write(`${text}\n`),
    env,
    cwd: process.cwd(),
    colour: mayColour(env, stdout.isTTY === true),
    unicode: isUtf8(env),
    watched: stderr.isTTY === true,
  };
}

/** https://no-color.org: any NO_COLOR that is not empty. */
export const mayColour = (env: Terminal['env'], isTTY: boolean): boolean =>
  isTTY && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';

/** The first of the locale variables that is set decides, as in POSIX. */
export function isUtf8(env: Terminal['env']): boolean {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find(
    (text) => text !== undefined && text !== '',
  );
  return /utf-?8/i.test(locale ?? '');
}
