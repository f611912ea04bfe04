/** Whether the golden samples of a model are those that were there before. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { GOLDEN_FOLDER } from './samples.ts';

/** Changes with every file of the folder; empty without one. `folder`: of the model. */
export function goldenStamp(folder: string): string {
  try {
    const golden = join(folder, GOLDEN_FOLDER);
    const facts = readdirSync(golden).map((name) => {
      const { size, mtimeMs } = statSync(join(golden, name));
      return `${name} ${size} ${mtimeMs}`;
    });
    return facts.sort().join('\n');
  } catch {
    return '';
  }
}
