/** Runs a command in this process: no second one has to start, and what it prints is returned. */
import { run } from '../../src/cli/program.ts';
import type { Ended } from './ortolan.ts';

export async function command(args: readonly string[], cwd: string): Promise<Ended> {
  let [out, err] = ['', ''];
  const code = await run(args, {
    out: (text) => void (out += `${text}\n`),
    err: (text) => void (err += `${text}\n`),
    env: {},
    cwd,
    colour: false,
    unicode: false,
    watched: false,
  });
  return { code, out, err };
}
