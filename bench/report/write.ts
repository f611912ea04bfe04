/** The entry of the report: from results files to docs/performance.md, its pictures and the table of README.md. */
import { relative, sep } from 'node:path';
import { program } from '../../tools/process/program.ts';
import { ROOT } from '../../tools/process/ortolan.ts';
import { publish, stale } from './publication.ts';

const command = program(
  'node bench/report/write.ts',
  'Writes the documents that are made from results of the benchmark.',
)
  .argument('[file]', 'a file of bench/results; that of the newest full run when it is not given')
  .option('--check', 'write nothing, name what is not current, and exit with 1 when there is something')
  .parse();
const [file] = command.processedArgs as [string | undefined];
const { check } = command.opts<{ check?: true }>();

if (check === true) {
  const files = await stale(ROOT);
  if (files.length > 0) {
    process.exitCode = 1;
    console.error(`Not current: ${files.join(', ')}. Run \`node bench/report/write.ts\`.`);
  }
} else {
  const path = file === undefined ? undefined : relative(ROOT, file).split(sep).join('/');
  const written = await publish(ROOT, path);
  console.log(written.length === 0 ? 'All is current.' : `Written: ${written.join(', ')}`);
}
