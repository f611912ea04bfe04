/** Takes a version, or a model, out of an archive: it is backed up first, and its files go with the next prune. */
import { ArtifactError } from '../artifact-error.ts';
import { disagreement } from '../agreement.ts';
import { readText } from '../store/read-text.ts';
import { blobKey, type Archive } from './archive.ts';
import { backUp } from './backups.ts';
import type { ArtifactIndex, StoredModel } from './index-file.ts';

const CONFIG_BYTES = 1024 * 1024;

export interface Removed {
  readonly model: string;
  readonly versions: readonly string[];
  readonly backup: string;
}

/** `version`: only this one. @throws ArtifactError missing when it is not there */
export async function remove(archive: Archive, model: string, version?: string): Promise<Removed> {
  let removed: Removed | undefined;
  let made: { of: string; id: string } | undefined;
  await archive.update(async ({ models, deleting }) => {
    const before = storedModel(models, model, archive.address);
    if (version !== undefined && before.versions[version] === undefined) {
      throw new ArtifactError('missing', `There is no version ${version} of ${model} in ${archive.address}.`);
    }
    const gone = version === undefined ? Object.keys(before.versions) : [version];
    const was = { ...before, versions: picked(before.versions, (one) => gone.includes(one)) };
    const left = picked(before.versions, (one) => !gone.includes(one));
    await requireAgreement(archive, model, before, Object.keys(left));
    const of = JSON.stringify(was);
    if (made?.of !== of)
      made = { of, id: await backUp(archive, model, was, { reason: 'remove', added: [] }) };
    removed = { model, versions: gone, backup: made.id };
    const { [model]: _, ...others } = models;
    const next = Object.keys(left).length === 0 ? others : { ...models, [model]: afterRemoval(before, left) };
    return { models: next, deleting };
  });
  return removed!;
}

/** @throws ArtifactError invalid when the model could not be served without what goes */
async function requireAgreement(
  { store, address }: Archive,
  model: string,
  { files }: StoredModel,
  versions: readonly string[],
): Promise<void> {
  const config = files.find(({ path }) => path === 'model.json');
  if (config === undefined || versions.length === 0) return;
  const key = blobKey(model, config.sha256);
  const got = await store.get(key);
  if (got === undefined || got === 'unchanged') return;
  const why = disagreement(await readText(got, CONFIG_BYTES, `${address}/${key}`), versions);
  if (why === undefined) return;
  throw new ArtifactError(
    'invalid',
    `${model} could not be served then (${why}): push it with another model.json first.`,
  );
}

/** @throws ArtifactError missing, with the names of those that are there */
export function storedModel(models: ArtifactIndex['models'], name: string, address: string): StoredModel {
  const model = models[name];
  if (model !== undefined) return model;
  const names = Object.keys(models);
  const there = names.length === 0 ? 'nothing' : names.slice(0, 20).join(', ');
  throw new ArtifactError('missing', `There is no model ${name} in ${address}; it has ${there}.`);
}

const picked = (
  versions: StoredModel['versions'],
  isPicked: (version: string) => boolean,
): StoredModel['versions'] => Object.fromEntries(Object.entries(versions).filter(([one]) => isPicked(one)));

/** The settings stay; where they name a version that is gone, that is for the next push to say. */
function afterRemoval(before: StoredModel, versions: StoredModel['versions']): StoredModel {
  const highest = Object.keys(versions).sort((a, b) => Number(b) - Number(a))[0]!;
  const isThere = before.default !== undefined && versions[before.default] !== undefined;
  return { ...before, default: isThere ? before.default : highest, versions };
}
