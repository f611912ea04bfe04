/** The folder of what a run makes: `runs/<id>` of the state folder. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { removeFolder } from './release/files.ts';

export interface RunFolder {
  readonly path: string;
  /** Labelled inputs, whole. */
  readonly data: string;
  /** Notes of the job: what it printed. */
  readonly job: string;
  /** What the job writes into. */
  readonly out: string;
  /** What it has written, once it is done. */
  readonly trained: string;
  /** Of the gate. */
  readonly report: string;
}

const RUNS = 'runs';

export function runFolder(state: string, id: string): RunFolder {
  const path = join(state, RUNS, id);
  return {
    path,
    data: join(path, 'data'),
    job: join(path, 'job'),
    out: join(path, 'out'),
    trained: join(path, 'trained'),
    report: join(path, 'gate.json'),
  };
}

/** Removes what all but the newest runs have made. The ids sort by their time. */
export async function keepNewest(state: string, count: number): Promise<void> {
  const ids = (await readdir(join(state, RUNS)).catch((): string[] => [])).sort();
  for (const id of ids.slice(0, -count)) await removeFolder(join(state, RUNS, id));
}
