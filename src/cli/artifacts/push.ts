/** `ortolan artifacts push`: versions of a model into a store, or as an image into a registry. */
import { push, type Pushed } from '../../artifacts/archive/push.ts';
import { localModel, type LocalModel } from '../../artifacts/folder/local-model.ts';
import type { OpenArtifacts } from '../../artifacts/open.ts';
import { pushImage } from '../../artifacts/source/oci-push.ts';
import type { Config } from '../../config/schema.ts';
import { CliError } from '../cli-error.ts';
import { chosen, faultsOf, report, scan } from '../models/on-disk.ts';
import { printable } from '../table.ts';
import { sizeText } from '../size-text.ts';
import type { Terminal } from '../terminal.ts';
import { namedIn, withArtifacts, writableArchive, type Typed } from './artifacts.ts';
import { transfer } from './transfer.ts';

/** @throws CliError when a version cannot be used, or the store cannot be written */
export function pushArtifacts(named: string, typed: Typed, terminal: Terminal): Promise<void> {
  const { model, version } = namedIn(named);
  return withArtifacts(typed, terminal, async (artifacts, config) => {
    const local = await modelOnDisk(model, version, config, terminal);
    const shown = transfer(model, terminal);
    try {
      if (artifacts.image !== undefined)
        return await toRegistry(artifacts.image, local, typed, shown.at, terminal);
      const pushed = await push(await writableArchive(artifacts, typed), local, shown.at);
      shown.stop();
      terminal.out(
        typed['json'] === true ? asJson(pushed, artifacts) : printable(sentenceOf(pushed, artifacts)),
      );
    } finally {
      shown.stop();
    }
  });
}

/** What is pushed need not be signed, or for a key of this machine: who pulls it asks for that. */
async function modelOnDisk(
  model: string,
  version: string | undefined,
  config: Config,
  terminal: Terminal,
): Promise<LocalModel> {
  const untrusting = {
    ...config,
    modelName: undefined,
    modelPublicKeys: [],
    modelsSignedOnly: 'off',
  } as const;
  const { models, unavailable, warnings } = chosen(await scan(untrusting), model);
  const [entry] = models;
  const faults = entry === undefined ? [] : faultsOf(entry);
  const unusable = [
    ...unavailable,
    ...faults.filter(({ name }) => version === undefined || name === `${model} ${version}`),
  ];
  if (entry === undefined || unusable.length > 0) {
    report({ unusable, warnings }, terminal);
    throw new CliError(1, 'Nothing was pushed.');
  }
  return localModel(entry, version === undefined ? undefined : [version]);
}

async function toRegistry(
  { requests, place }: NonNullable<OpenArtifacts['image']>,
  local: LocalModel,
  typed: Typed,
  sent: (bytes: number, all: number) => void,
  terminal: Terminal,
): Promise<void> {
  const pushed = await pushImage(requests, place, local, sent);
  const { digest, sentFiles, sentBytes } = pushed;
  terminal.out(
    typed['json'] === true
      ? JSON.stringify({ model: local.name, to: place.address, ...pushed }, null, 2)
      : `${local.name} is ${place.address} now, ${digest} (${sentFiles} files, ${sizeText(sentBytes)} sent).`,
  );
}

const asJson = (pushed: Pushed, { address, traffic }: OpenArtifacts): string =>
  JSON.stringify({ ...pushed, to: address, requests: traffic().requests }, null, 2);

function sentenceOf(pushed: Pushed, { address }: OpenArtifacts): string {
  const { model, added, replaced, unchanged, settings, sentFiles, sentBytes, backup } = pushed;
  if (added.length + replaced.length === 0 && !settings)
    return `${model} is in ${address} already, unchanged.`;
  const parts = [
    listed('added', added),
    listed('replaced', replaced),
    listed('unchanged', unchanged),
    ...(settings ? ['settings written'] : []),
    `${sentFiles} files, ${sizeText(sentBytes)} sent`,
    ...(backup === undefined ? [] : [`what it displaced is the backup ${backup}`]),
  ];
  return `${model} is in ${address}: ${parts.filter((part) => part !== '').join('; ')}.`;
}

export const listed = (what: string, versions: readonly string[]): string =>
  versions.length === 0 ? '' : `${what} ${versions.join(', ')}`;
