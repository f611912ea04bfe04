/**
 * The entry of the report: `node bench/report/write.ts bench/results/FILE.json [--peers-from OTHER.json]` writes the
 * file's HTML page and, when it is the newest full run, docs/performance.md with its pictures and README.md's table.
 * `--check` writes nothing, names what is not current, and exits with 1. Run it from the repository's root.
 */
import { relative, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { publish, stale } from './publication.ts';

const { values, positionals } = parseArgs({
  options: { check: { type: 'boolean', default: false }, 'peers-from': { type: 'string' } },
  allowPositionals: true,
});
const root = process.cwd();
const peersFrom = values['peers-from'] === undefined ? undefined : fromRoot(values['peers-from']);
const [file] = positionals;

if (values.check) {
  const files = await stale(root, peersFrom);
  if (files.length > 0) {
    process.exitCode = 1;
    process.stderr.write(
      `Not current: ${files.join(', ')}. Run \`node bench/report/write.ts\` with the newest file of bench/results.\n`,
    );
  }
} else if (file === undefined) {
  process.exitCode = 2;
  process.stderr.write(
    'Which results? node bench/report/write.ts bench/results/FILE.json [--peers-from OTHER.json]\n',
  );
} else {
  const written = await publish({ root, file: fromRoot(file), peersFrom });
  process.stdout.write(written.length === 0 ? 'All is current.\n' : `Written: ${written.join(', ')}\n`);
}

function fromRoot(path: string): string {
  return relative(root, path).split(sep).join('/');
}
