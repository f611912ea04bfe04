/**
 * The entry of `make generate`: writes the files that are made from the sources below the working folder. With
 * `--check` it writes nothing, names those that are not current, and exits with 1.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { configuration } from './configuration.ts';
import { COMMAND, type Document } from './document.ts';
import { errors } from './errors.ts';
import { metrics } from './metrics.ts';
import { modelJson } from './model-json.ts';
import { monitoring } from './monitoring.ts';
import { openApi } from './openapi.ts';
import { pipelineJson } from './pipeline-json.ts';
import { podEnvironment } from './pod-environment.ts';

const DOCUMENTS: readonly Document[] = [
  configuration,
  errors,
  metrics,
  modelJson,
  openApi,
  pipelineJson,
  podEnvironment,
  ...monitoring(),
];

if (process.argv.includes('--check')) {
  const stale = DOCUMENTS.filter(({ file, make }) => read(file) !== make()).map(({ file }) => file);
  if (stale.length > 0) {
    process.exitCode = 1;
    process.stderr.write(`Not current: ${stale.join(', ')}. Run \`${COMMAND}\`.\n`);
  }
} else {
  for (const { file, make } of DOCUMENTS) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, make());
  }
}

/** The text of the file, or undefined when there is none. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
