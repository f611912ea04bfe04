/** Opens the artifacts that a command is about, and turns what goes wrong with them into a sentence and an exit code. */
import { ArtifactError } from '../../artifacts/artifact-error.ts';
import type { Archive } from '../../artifacts/archive/archive.ts';
import { requireConditions } from '../../artifacts/archive/precondition.ts';
import { openArtifacts, type OpenArtifacts } from '../../artifacts/open.ts';
import type { Config } from '../../config/schema.ts';
import { ModelError } from '../../repository/model-error.ts';
import { CliError } from '../cli-error.ts';
import { configOf } from '../config-flags.ts';
import type { Terminal } from '../terminal.ts';

export type Typed = Readonly<Record<string, unknown>>;

/** Runs `work` with what artifactsUrl, or the option `--from` or `--to`, names. @throws CliError */
export async function withArtifacts(
  typed: Typed,
  terminal: Terminal,
  work: (artifacts: OpenArtifacts, config: Config) => Promise<void>,
): Promise<void> {
  const { config } = configOf(typed, terminal);
  const other = typed['from'] ?? typed['to'];
  const url = typeof other === 'string' ? other : config.artifactsUrl;
  if (url === undefined) {
    throw new CliError(
      2,
      'There is no store: set ORTOLAN_ARTIFACTS_URL or --artifacts-url, such as s3://bucket/models.',
    );
  }
  try {
    const artifacts = await openArtifacts({
      url,
      endpoint: config.artifactsEndpoint,
      region: config.artifactsRegion,
      env: terminal.env,
    });
    try {
      await work(artifacts, config);
    } finally {
      await artifacts.source.close();
    }
  } catch (error) {
    if (error instanceof ArtifactError) throw new CliError(error.fault === 'invalid' ? 2 : 1, error.message);
    if (error instanceof ModelError) throw new CliError(1, error.message);
    throw error;
  }
}

/** The archive to write to; two writers cannot lose what the other has written, unless there is only one. @throws CliError */
export async function writableArchive({ archive, address }: OpenArtifacts, typed: Typed): Promise<Archive> {
  if (archive === undefined) {
    throw new CliError(
      2,
      `${address} is a registry, which keeps no index: use a folder, S3 or Google Cloud Storage.`,
    );
  }
  if (typed['onlyWriter'] !== true) await requireConditions(archive.store);
  return archive;
}

const NAMED = /^(?<model>[A-Za-z0-9][\w.-]{0,63})(?:\/(?<version>[1-9]\d{0,8}))?$/;

/** @throws CliError with exit code 2 */
export function namedIn(text: string): { readonly model: string; readonly version: string | undefined } {
  const { model, version } = NAMED.exec(text)?.groups ?? {};
  if (model === undefined)
    throw new CliError(2, `${JSON.stringify(text)} is no model: say NAME, or NAME/VERSION.`);
  return { model, version };
}
