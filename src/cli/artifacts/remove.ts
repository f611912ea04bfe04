/** `ortolan artifacts remove`: a version, or a model, is no longer offered. */
import { remove } from '../../artifacts/archive/remove.ts';
import { printable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { namedIn, withArtifacts, writableArchive, type Typed } from './artifacts.ts';

/** @throws CliError when it is not there */
export function removeArtifacts(named: string, typed: Typed, terminal: Terminal): Promise<void> {
  const { model, version } = namedIn(named);
  return withArtifacts(typed, terminal, async (artifacts) => {
    const removed = await remove(await writableArchive(artifacts, typed), model, version);
    const { versions, backup } = removed;
    terminal.out(
      typed['json'] === true
        ? JSON.stringify({ ...removed, from: artifacts.address }, null, 2)
        : printable(
            `${model} ${versions.join(', ')} is no longer in ${artifacts.address}; \`restore ${model} ${backup}\` brings it back.`,
          ),
    );
  });
}
