/** `ortolan artifacts list`: what a store offers, or the backups in it. */
import { backupsOf, filesOf, type Backup } from '../../artifacts/archive/backups.ts';
import { ArtifactError } from '../../artifacts/artifact-error.ts';
import type { OfferedFile, OfferedModel } from '../../artifacts/source/source.ts';
import { CliError } from '../cli-error.ts';
import { tableLines } from '../table.ts';
import { sizeText } from '../size-text.ts';
import type { Terminal } from '../terminal.ts';
import { withArtifacts, type Typed } from './artifacts.ts';

/** @throws CliError when the store cannot be read, or the model is not there */
export function listArtifacts(name: string | undefined, typed: Typed, terminal: Terminal): Promise<void> {
  return withArtifacts(typed, terminal, async ({ source, archive, address }) => {
    const isJson = typed['json'] === true;
    if (typed['backups'] === true) {
      if (archive === undefined) throw new CliError(2, `${address} is a registry, which has no backups.`);
      const backups = await backupsOf(archive, name);
      const none = `There is no backup in ${address}.`;
      terminal.out(
        isJson ? JSON.stringify(backups, null, 2) : backups.length === 0 ? none : backupTable(backups),
      );
      return;
    }
    const offer = await source.offer();
    const all = offer === 'unchanged' ? [] : [...offer.models];
    const models = all.filter(([model]) => name === undefined || model === name);
    if (name !== undefined && models.length === 0)
      throw new ArtifactError('missing', `There is no model ${name} in ${address}.`);
    if (isJson)
      terminal.out(JSON.stringify({ address, models: Object.fromEntries(models.map(plain)) }, null, 2));
    else terminal.out(models.length === 0 ? `There is no model in ${address}.` : tableOf(models));
  });
}

const tableOf = (models: readonly (readonly [string, OfferedModel])[]): string =>
  tableLines(['NAME', 'VERSION', 'FILES', 'SIZE', 'DIGEST'], models.flatMap(rowsOf)).join('\n');

const rowsOf = ([name, { versions }]: readonly [string, OfferedModel]): string[][] =>
  [...versions].map(([version, { digest, files }]) => [
    name,
    version,
    String(files.length),
    sizeText(sizeOf(files)),
    /^[0-9a-f]{64}$/.test(digest) ? `sha256:${digest}` : digest,
  ]);

const sizeOf = (files: readonly { readonly bytes: number }[]): number =>
  files.reduce((sum, { bytes }) => sum + bytes, 0);

const plain = ([name, { files, versions }]: readonly [string, OfferedModel]) => {
  const facts = ({ path, bytes, sha256 }: OfferedFile) => ({ path, bytes, sha256 });
  const all = [...versions].map(([version, { digest, files: own }]) => [
    version,
    { digest, files: own.map(facts) },
  ]);
  return [name, { files: files.map(facts), versions: Object.fromEntries(all) as unknown }] as const;
};

const backupTable = (backups: readonly Backup[]): string =>
  tableLines(
    ['BACKUP', 'NAME', 'VERSIONS', 'SIZE', 'BEFORE', 'AT'],
    backups.map(({ id, model, was, reason, at }) => [
      id,
      model,
      Object.keys(was.versions).join(', '),
      sizeText(sizeOf(filesOf(was))),
      reason,
      at,
    ]),
  ).join('\n');
