/**
 * A model in a registry of images: an artifact whose layers are the files of the model's folder, each with its path as the
 * title that ORAS gives it, so that `oras pull` makes the same folder. The digests are the registry's own, and are compared.
 */
import { createHash } from 'node:crypto';
import { isPath } from '../../repository/trust/statement.ts';
import { isVersion, MODEL_FILE } from '../../repository/versions.ts';
import { ArtifactError } from '../artifact-error.ts';
import { digestOf, type StoredFile } from '../archive/index-file.ts';
import { objectIn } from '../json-object.ts';
import { rangeOf } from '../store/range.ts';
import type { OciRequests } from './oci-requests.ts';
import type { Offer, OfferedFile, OfferedVersion, Source } from './source.ts';

export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
export const ARTIFACT_TYPE = 'application/vnd.ortolan.model.v1';
export const TITLE = 'org.opencontainers.image.title';

const MANIFEST_BYTES = 4 * 1024 * 1024;
const DIGEST = /^sha256:([0-9a-f]{64})$/;
const NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;

export interface OciPlace {
  readonly repository: string;
  readonly reference: string;
  readonly address: string;
}

export class OciSource implements Source {
  readonly address: string;
  readonly #place: OciPlace;
  readonly #requests: OciRequests;

  constructor(place: OciPlace, requests: OciRequests) {
    this.address = place.address;
    this.#place = place;
    this.#requests = requests;
  }

  async offer(known?: string, signal?: AbortSignal): Promise<Offer | 'unchanged'> {
    const path = `manifests/${this.#place.reference}`;
    const headers = { accept: MANIFEST_TYPE };
    if (known !== undefined) {
      const head = await this.#requests.send({ method: 'HEAD', path, headers, signal });
      await head.dismiss();
      if (head.header('docker-content-digest') === known) return 'unchanged';
    }
    const answer = await this.#requests.send({ method: 'GET', path, headers, signal });
    const bytes = await answer.bytes(MANIFEST_BYTES);
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    const expected = DIGEST.test(this.#place.reference)
      ? this.#place.reference
      : (answer.header('docker-content-digest') ?? digest);
    if (digest !== expected) {
      throw new ArtifactError(
        'corrupt',
        `${this.address}: the manifest has the digest ${digest}, expected is ${expected}.`,
      );
    }
    return { tag: digest, models: new Map([modelIn(objectIn(bytes.toString('utf8')), this.#place)]) };
  }

  async open({ at }: OfferedFile, from: number, signal?: AbortSignal) {
    const headers: Record<string, string> = from > 0 ? { range: `bytes=${from}-` } : {};
    const answer = await this.#requests.send({ method: 'GET', path: `blobs/${at}`, headers, signal });
    return { ...rangeOf(answer, from), pieces: answer.pieces() };
  }

  async close(): Promise<void> {
    await this.#requests.close();
  }
}

/** The model of a manifest. @throws ArtifactError when it holds none */
export function modelIn(
  manifest: Readonly<Record<string, unknown>>,
  { repository, reference, address }: OciPlace,
): readonly [string, Offer['models'] extends ReadonlyMap<string, infer Model> ? Model : never] {
  const name = repository.split('/').at(-1)!;
  if (!NAME.test(name)) throw new ArtifactError('invalid', `${address}: ${name} is no name for a model.`);
  const { layers } = manifest;
  if (!Array.isArray(layers)) {
    throw new ArtifactError(
      'corrupt',
      `${address} is no model: push it with \`ortolan artifacts push\`, or ORAS.`,
    );
  }
  const all = layers.map((layer) => fileOf(layer, address));
  if (new Set(all.map(({ path }) => path)).size < all.length)
    throw new ArtifactError('corrupt', `${address} has two files of the same name.`);
  const versions = new Map<string, StoredWithPlace[]>();
  const files: StoredWithPlace[] = [];
  const isFlat = all.some(({ path }) => path === MODEL_FILE || path === `${MODEL_FILE}.enc`);
  const flat = isVersion(reference) ? reference : '1';
  for (const file of all) {
    const [first = '', ...rest] = file.path.split('/');
    const [version, path] = isVersion(first)
      ? [first, rest.join('/')]
      : isFlat
        ? [flat, file.path]
        : [undefined, file.path];
    if (version === undefined || (isFlat && SHARED.test(file.path))) files.push(file);
    else versions.set(version, [...(versions.get(version) ?? []), { ...file, path }]);
  }
  if (versions.size === 0) throw new ArtifactError('corrupt', `${address} has no ${MODEL_FILE}.`);
  const offered = [...versions].map(([version, own]): [string, OfferedVersion] => [
    version,
    { digest: digestOf(own), files: own },
  ]);
  return [name, { files, versions: new Map(offered) }];
}

type StoredWithPlace = StoredFile & { readonly at: string };

/** Where the files lie in no folder of a version: what versions share. */
const SHARED = /^(model\.json|labels\.txt|golden\/.*)$/;

function fileOf(layer: unknown, address: string): StoredWithPlace {
  const { digest, size, annotations } = (layer ?? {}) as Record<string, unknown>;
  const path = ((annotations ?? {}) as Record<string, unknown>)[TITLE];
  const [, sha256] = typeof digest === 'string' ? (DIGEST.exec(digest) ?? []) : [];
  const isSize = typeof size === 'number' && Number.isSafeInteger(size) && size >= 0;
  if (typeof path !== 'string' || !isPath(path) || path.startsWith('.') || sha256 === undefined || !isSize)
    throw new ArtifactError(
      'corrupt',
      `${address} has a layer that is no file: its title or digest is missing.`,
    );
  return { path, sha256, bytes: size, at: `sha256:${sha256}` };
}
