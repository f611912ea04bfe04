/** Which of the models that a source offers are wanted: `net`, `net/2`, or `net/2@sha256:<digest>`. Pure. */
import { ArtifactError } from '../artifact-error.ts';
import type { OfferedModel } from './source.ts';

export interface Wanted {
  readonly model: string;
  /** Undefined: all. */
  readonly version: string | undefined;
  /** What its digest has to be. */
  readonly digest: string | undefined;
}

const FORM = /^([A-Za-z0-9][\w.-]{0,63})(?:\/([1-9]\d{0,8})(?:@sha256:([0-9a-f]{64}))?)?$/;

/** @throws ArtifactError invalid */
export function parseWanted(text: string): Wanted {
  const [, model, version, digest] = FORM.exec(text) ?? [];
  if (model !== undefined) return { model, version, digest };
  throw new ArtifactError(
    'invalid',
    `${JSON.stringify(text)} is no model: say NAME, NAME/VERSION or NAME/VERSION@sha256:DIGEST.`,
  );
}

/**
 * The models and versions that are wanted; all where nothing is named.
 * @throws ArtifactError missing or corrupt when one is not there, or not with this digest
 */
export function chosenOf(
  offered: ReadonlyMap<string, OfferedModel>,
  wanted: readonly Wanted[],
  address: string,
): ReadonlyMap<string, OfferedModel> {
  if (wanted.length === 0) return offered;
  const chosen = new Map<string, OfferedModel>();
  for (const { model, version, digest } of wanted) {
    const found = offered.get(model);
    if (found === undefined) {
      const names = [...offered.keys()].slice(0, 20).join(', ') || 'nothing';
      throw new ArtifactError('missing', `There is no model ${model} in ${address}; it has ${names}.`);
    }
    const versions =
      version === undefined ? found.versions : pickedOf(found, version, digest, model, address);
    const before = chosen.get(model)?.versions ?? new Map();
    chosen.set(model, { files: found.files, versions: new Map([...before, ...versions]) });
  }
  return chosen;
}

function pickedOf(
  { versions }: OfferedModel,
  version: string,
  digest: string | undefined,
  model: string,
  address: string,
): OfferedModel['versions'] {
  const found = versions.get(version);
  if (found === undefined) {
    const there = [...versions.keys()].join(', ');
    throw new ArtifactError(
      'missing',
      `There is no version ${version} of ${model} in ${address}; it has ${there}.`,
    );
  }
  if (digest === undefined || digest === found.digest) return new Map([[version, found]]);
  throw new ArtifactError(
    'corrupt',
    `${model}/${version} in ${address} has the digest sha256:${found.digest}, and sha256:${digest} is wanted.`,
  );
}
