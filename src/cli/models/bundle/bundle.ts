/** `ortolan models bundle`: one version of a model as a folder for browsers, for Node.js, or for LiteRT. */
import { Option, type Command } from 'commander';
import { resolve } from 'node:path';
import { BundleError } from '../../../bundle/bundle-error.ts';
import { writeBundle } from '../../../bundle/bundle.ts';
import type { BundledFile } from '../../../bundle/folder.ts';
import type { Target } from '../../../bundle/manifest.ts';
import { CliError } from '../../cli-error.ts';
import { addConfigFlags, configOf } from '../../config-flags.ts';
import { printable } from '../../table.ts';
import type { Terminal } from '../../terminal.ts';
import { addExampleFlags, addLimitFlags, examplesIn, limitsIn } from '../gate/flags.ts';
import { modelOf, plainly } from '../gate/gate.ts';
import { versionsOf } from '../on-disk.ts';

type Typed = Readonly<Record<string, unknown>>;

const TARGETS = ['browser', 'node', 'litert'] as const satisfies readonly Target[];

export function configureBundle(command: Command, terminal: Terminal): void {
  const bundle = command
    .command('bundle')
    .description('Put a version of a model into a folder that runs elsewhere: a page, a script, or LiteRT.')
    .argument('<name>', 'NAME, or NAME/VERSION; by default the version that answers')
    .addOption(new Option('--target <target>', 'where it is to run').choices(TARGETS).makeOptionMandatory())
    .requiredOption('--out <folder>', 'the folder that is made')
    .option('--runtime <folder>', 'browser: the folder of the package onnxruntime-web, where it is not installed here');
  addLimitFlags(addExampleFlags(bundle));
  addConfigFlags(bundle, ['models', 'modelName', 'modelPublicKeys', 'modelsSignedOnly', 'maxImagePixels']).action(
    (name: string, typed) => bundleModel(name, typed, terminal),
  );
}

/** @throws CliError with exit code 1 when it cannot be made, 2 when there is no such version */
async function bundleModel(named: string, typed: Typed, terminal: Terminal): Promise<void> {
  const [name = '', number, ...more] = named.split('/');
  if (name === '' || number === '' || more.length > 0) throw new CliError(2, 'Name a model as NAME or NAME/VERSION.');
  const { config } = configOf(typed, terminal);
  const entry = await modelOf(name, config, terminal);
  const version = versionsOf(entry, number ?? entry.defaultVersion)[0]!;
  const at = (path: unknown): string => resolve(terminal.cwd, String(path));
  const out = at(typed['out']);
  const runtime = typed['runtime'] === undefined ? undefined : at(typed['runtime']);
  const target = typed['target'] as Target;
  const files = await bundled(async () => {
    if (target !== 'litert') return (await writeBundle({ entry, version, target, out, runtime })).files;
    const examples = await examplesIn(typed, entry, config, terminal);
    const { writeLite } = await import('./lite.ts');
    return writeLite({ entry, version, out, examples, asked: limitsIn(typed), config }, terminal);
  });
  const bytes = files.reduce((sum: number, file: BundledFile) => sum + file.bytes, 0);
  const size = `${(bytes / MB).toFixed(1)} MB`;
  terminal.out(printable(`${name} version ${version.version} is in ${out}: ${files.length} files, ${size}.`));
}

const MB = 1_000_000;

/** @throws CliError for what people can act on */
async function bundled<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await plainly(work);
  } catch (error) {
    const isExpected = error instanceof BundleError || typeof (error as NodeJS.ErrnoException).code === 'string';
    if (isExpected) throw new CliError(1, printable((error as Error).message));
    throw error;
  }
}
