/** `ortolan artifacts restore`: a model in the store becomes what it was before a change. */
import { restore } from '../../artifacts/archive/restore.ts';
import { printable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { withArtifacts, writableArchive, type Typed } from './artifacts.ts';
import { listed } from './push.ts';

/** @throws CliError when there is no such backup, or it is not whole */
export function restoreArtifacts(
  name: string,
  backup: string | undefined,
  typed: Typed,
  terminal: Terminal,
): Promise<void> {
  return withArtifacts(typed, terminal, async (artifacts) => {
    const restored = await restore(await writableArchive(artifacts, typed), name, backup);
    if (typed['json'] === true)
      return terminal.out(JSON.stringify({ ...restored, in: artifacts.address }, null, 2));
    const { from, versions, removed, backup: displaced } = restored;
    const parts = [
      listed('versions', versions),
      listed('removed', removed),
      ...(displaced === undefined ? [] : [`what that displaced is the backup ${displaced}`]),
    ];
    terminal.out(
      printable(
        `${name} in ${artifacts.address} is as it was in ${from}: ${parts.filter((part) => part !== '').join('; ')}.`,
      ),
    );
  });
}
