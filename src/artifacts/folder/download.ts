/**
 * Fetches one file beside its place. What has arrived of a file whose digest is known stays there, and the next attempt,
 * of this process or another, goes on from it. It is whole and the right one, or it is not there.
 */
import { open, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../../clock.ts';
import { makeFolder } from '../../disk/make-folder.ts';
import { StoreUnreachable } from '../../outbound/store/connection.ts';
import { sha256OfFile } from '../../repository/digest.ts';
import { codeOf } from '../../repository/real-path.ts';
import { ArtifactError } from '../artifact-error.ts';
import { ATTEMPTS, retrying } from '../retry.ts';
import type { OfferedFile, Source } from '../source/source.ts';

export interface DownloadSettings {
  readonly source: Source;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** Called with the bytes that have come, as they come. */
  readonly arrived: (bytes: number) => void;
}

/** Returns the digest. @throws ArtifactError; nothing is left under `part` that is not right */
export async function download(file: OfferedFile, part: string, settings: DownloadSettings): Promise<string> {
  try {
    makeFolder(dirname(part));
    if (file.sha256 === undefined) await rm(part, { force: true });
    const before = await sizeOf(part);
    if (before > file.bytes) await rm(part);
    else if (before > 0) settings.arrived(before);
    await complete(file, part, settings);
    const sha256 = await sha256OfFile(part);
    if (file.sha256 === undefined || sha256 === file.sha256) return sha256;
    // What an earlier run left may have been damaged: once more from the beginning.
    await rm(part);
    if (before === 0) throw wrong(file, sha256, settings.source);
    settings.arrived(-file.bytes);
    await complete(file, part, settings);
    const again = await sha256OfFile(part);
    if (again === file.sha256) return again;
    await rm(part);
    throw wrong(file, again, settings.source);
  } catch (error) {
    if (codeOf(error) === undefined || error instanceof ArtifactError || error instanceof StoreUnreachable)
      throw error;
    throw new ArtifactError('local', `${part} cannot be written (${codeOf(error)}).`, { cause: error });
  }
}

/** As long as something comes, there is another attempt. */
async function complete(file: OfferedFile, part: string, settings: DownloadSettings): Promise<void> {
  for (let have = await sizeOf(part); ;) {
    try {
      await retrying({ clock: settings.clock, attempts: ATTEMPTS }, settings.signal, () =>
        rest(file, part, settings),
      );
      return;
    } catch (error) {
      const now = await sizeOf(part);
      if (!(error instanceof ArtifactError) || error.fault !== 'unreachable' || now <= have) throw error;
      have = now;
    }
  }
}

async function rest(
  file: OfferedFile,
  part: string,
  { source, signal, arrived }: DownloadSettings,
): Promise<void> {
  const have = await sizeOf(part);
  if (have === file.bytes && have > 0) return;
  const { from, pieces } = await source.open(file, have, signal);
  if (from < have) arrived(from - have);
  const handle = await open(part, from === 0 ? 'w' : 'a');
  let length = from;
  try {
    for await (const piece of pieces) {
      length += piece.byteLength;
      if (length > file.bytes) {
        throw new ArtifactError(
          'corrupt',
          `${source.address}: ${file.path} is longer than its ${file.bytes} bytes.`,
        );
      }
      await handle.appendFile(piece);
      arrived(piece.byteLength);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (length < file.bytes) {
    throw new StoreUnreachable(
      `${source.address}: ${file.path} ended after ${length} of ${file.bytes} bytes`,
    );
  }
}

const wrong = ({ path, sha256 }: OfferedFile, actual: string, { address }: Source): ArtifactError =>
  new ArtifactError(
    'corrupt',
    `${path} from ${address} is not the file that was pushed: its sha256 is ${actual}, expected is ${sha256}. Nothing of it was kept.`,
  );

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 0;
    throw error;
  }
}
