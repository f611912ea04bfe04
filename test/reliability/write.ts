/** Writes docs/reliability.md from the results that are kept; with `--check` only says whether it is current. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEMANDS } from './demands.ts';
import { runs } from './record.ts';
import { document, DOCUMENT } from './report.ts';

const file = join(import.meta.dirname, '../..', DOCUMENT);
const text = await document(DEMANDS, runs());
if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) {
  process.exitCode = 1;
  console.error(`Not current: ${DOCUMENT}. Run \`node test/reliability/write.ts\`.`);
}
