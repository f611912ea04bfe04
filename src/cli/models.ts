/** `ortolan models`: lists, verifies, profiles and downloads models. */
import type { Command } from 'commander';
import { formatSize } from '../config/size.ts';
import type { ModelEntry } from '../repository/repository.ts';
import { CATALOGUE } from './catalogue.ts';
import { CliError } from './cli-error.ts';
import { addConfigFlags, configOf } from './config-flags.ts';
import { faultsOf, report, scan } from './on-disk.ts';
import { profileModels } from './profile.ts';
import { pull } from './pull.ts';
import { tableLines } from './table.ts';
import type { Terminal } from './terminal.ts';
import { configureVerify } from './verify.ts';

type Typed = Readonly<Record<string, unknown>>;

export function configureModels(command: Command, terminal: Terminal): void {
  const list = command.command('list').description('Every version of every model on disk.');
  list.option('--json', 'print one JSON object');
  addConfigFlags(list, ['models']).action((typed) => listModels(typed, terminal));

  configureVerify(command.command('verify'), terminal);

  const profile = command
    .command('profile')
    .description('Measure what a batch costs, by rows and width, and which batch size pays.');
  profile.argument('[name]', 'one model; by default all');
  profile.option('--json', 'print one JSON object a line');
  addConfigFlags(profile, ['models', 'device', 'deviceFallback', 'sloP99Ms', 'wideThreads']).action(
    (name: string | undefined, typed) => profileModels(name, typed, terminal),
  );

  const names = CATALOGUE.map((entry) => entry.name).join(', ');
  const fetching = command.command('pull').description('Download a model and verify its digest.');
  fetching.argument('<name>', `one of ${names}`);
  fetching.option('--from <address>', 'take the same bytes from this address instead');
  addConfigFlags(fetching, ['models']).action((name: string, typed) =>
    pull(name, { models: configOf(typed, terminal).config.models, from: typed['from'] }, terminal),
  );
}

/** @throws CliError with exit code 1, when all is listed, if any model or version is unavailable */
async function listModels(typed: Typed, terminal: Terminal): Promise<void> {
  const repository = await scan(configOf(typed, terminal).config.models);
  const { root, models, warnings } = repository;
  const unusable = [...repository.unavailable, ...models.flatMap(faultsOf)];
  if (typed['json'] === true) terminal.out(JSON.stringify(repository, null, 2));
  else {
    const rows = models.flatMap((model) => rowsOf(model));
    terminal.out(rows.length === 0 ? `There is no model in ${root}.` : tableOf(rows));
    report({ unusable, warnings }, terminal);
  }
  if (unusable.length > 0) throw new CliError(1, `${unusable.length} unavailable.`);
}

const tableOf = (rows: readonly string[][]): string =>
  tableLines(['NAME', 'VERSION', 'LABELS', 'SIZE', 'INPUT', 'DESCRIPTION'], rows).join('\n');

/** One row a version. */
export function rowsOf({ name, config, versions, defaultVersion }: ModelEntry): string[][] {
  const [input] = config.inputs ?? [];
  return versions.map(({ version, bytes, fault }) => {
    const labels = Object.entries(config.versionLabels ?? {}).filter(([, of]) => String(of) === version);
    const words = [...(version === defaultVersion ? ['default'] : []), ...labels.map(([label]) => label)];
    return [
      name,
      version,
      words.join(', '),
      fault === undefined ? sizeOf(bytes) : '',
      input === undefined ? '' : `${input.datatype} [${input.shape.join(', ')}]`,
      config.description ?? '',
    ];
  });
}

const MiB = 1024 ** 2;
const sizeOf = (bytes: number): string =>
  bytes < MiB ? formatSize(bytes) : `${(bytes / MiB).toFixed(1)} MiB`;
