/**
 * Writes the dashboards into grafana/dashboards, as part of `make generate`. With `--check` it writes nothing, names those
 * that differ from their sources, and exits with 1.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { batching } from './source/batching.ts';
import { models } from './source/models.ts';
import { overview } from './source/overview.ts';

const FOLDER = join(import.meta.dirname, 'dashboards');
const DASHBOARDS = { 'overview.json': overview, 'batching.json': batching, 'models.json': models };

const stale: string[] = [];
for (const [name, make] of Object.entries(DASHBOARDS)) {
  const file = join(FOLDER, name);
  const text = `${JSON.stringify(make(), null, 2)}\n`;
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (read(file) !== text) stale.push(`grafana/dashboards/${name}`);
}
if (stale.length > 0) {
  process.exitCode = 1;
  process.stderr.write(`Not current: ${stale.join(', ')}. Run \`make generate\`.\n`);
}

/** The file, or undefined when there is none. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
