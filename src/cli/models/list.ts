/** `ortolan models list`: every version on disk, and what is not served. */
import type { ModelEntry, Repository, VersionEntry } from '../../repository/repository.ts';
import { shortId } from '../../repository/trust/public-keys.ts';
import { isSigned } from '../../repository/trust/signed.ts';
import { isEncrypted } from '../../repository/versions.ts';
import { CliError } from '../cli-error.ts';
import { configOf } from '../config-flags.ts';
import { sizeText } from '../size-text.ts';
import { tableLines } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { faultsOf, report, scan } from './on-disk.ts';

/** @throws CliError with exit code 1, when all is listed, if any model or version is unavailable */
export async function listModels(
  typed: Readonly<Record<string, unknown>>,
  terminal: Terminal): Promise<void> {
  const repository = await scan(configOf(typed, terminal).config);
  const { root, models, warnings } = repository;
  const unusable = [...repository.unavailable, ...models.flatMap(faultsOf)];
  if (typed['json'] === true) terminal.out(asJson(repository));
  else {
    const rows = models.flatMap((model) => rowsOf(model));
    terminal.out(rows.length === 0 ? `There is no model in ${root}.` : tableOf(rows));
    report({ unusable, warnings }, terminal);
  }
  if (unusable.length > 0) throw new CliError(1, `${unusable.length} unavailable.`);
}

const tableOf = (rows: readonly string[][]): string =>
  tableLines(['NAME', 'VERSION', 'LABELS', 'SIZE', 'TRUST', 'INPUT', 'DESCRIPTION'], rows).join('\n');

/** One row a version. */
function rowsOf({ name, config, versions, defaultVersion }: ModelEntry): string[][] {
  const [input] = config.inputs ?? [];
  return versions.map((entry) => {
    const { version, bytes, fault } = entry;
    const labels = Object.entries(config.versionLabels ?? {}).filter(([, of]) => String(of) === version);
    const words = [...(version === defaultVersion ? ['default'] : []), ...labels.map(([label]) => label)];
    return [
      name,
      version,
      words.join(', '),
      fault === undefined ? sizeText(bytes) : '',
      fault === undefined ? trustIn(entry) : '',
      input === undefined ? '' : `${input.datatype} [${input.shape.join(', ')}]`,
      config.description ?? '',
    ];
  });
}

/** Whose signature it has, and whether it is encrypted. */
function trustIn(version: VersionEntry): string {
  const { signed } = version;
  const signature =
    signed === undefined
      ? isSigned(version)
        ? ['signed (not verified)']
        : []
      : [`signed by ${shortId(signed.signer)}`];
  return [...signature, ...(isEncrypted(version) ? ['encrypted'] : [])].join(', ');
}

/** Digests by the names of their files, as objects. */
const asJson = (repository: Repository): string =>
  JSON.stringify(repository, (_key, value: unknown) => (value instanceof Map ? Object.fromEntries(value) : value), 2);
