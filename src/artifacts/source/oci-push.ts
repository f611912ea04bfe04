/** Puts a model into a registry of images, as an artifact with a layer for each file. The tag is written last. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { ArtifactError } from '../artifact-error.ts';
import type { LocalFile, LocalModel } from '../folder/local-model.ts';
import { ARTIFACT_TYPE, MANIFEST_TYPE, TITLE, type OciPlace } from './oci.ts';
import type { OciRequests } from './oci-requests.ts';

const EMPTY = Buffer.from('{}');
const EMPTY_TYPE = 'application/vnd.oci.empty.v1+json';
const FILE_TYPE = 'application/vnd.ortolan.model.file.v1';

export interface PushedImage {
  /** `sha256:…`, by which this very content is pulled for ever. */
  readonly digest: string;
  readonly sentFiles: number;
  readonly sentBytes: number;
}

/** `sent`: called when a file is there, with the bytes so far and of all. @throws ArtifactError */
export async function pushImage(
  requests: OciRequests,
  { reference, address }: OciPlace,
  { files, versions }: LocalModel,
  sent: (bytes: number, all: number) => void = () => undefined,
): Promise<PushedImage> {
  if (reference.startsWith('sha256:'))
    throw new ArtifactError(
      'invalid',
      `${address} is a digest, which follows from the content: push to a tag.`,
    );
  const below = [...versions].flatMap(([version, own]) =>
    own.map((file) => ({ ...file, path: `${version}/${file.path}` })),
  );
  const all: readonly LocalFile[] = [...files, ...below];
  const total = all.reduce((sum, { bytes }) => sum + bytes, 0);
  let [soFar, sentFiles, sentBytes] = [0, 0, 0];
  for (const { file, sha256, bytes } of all) {
    const open = (): Readable => (bytes === 0 ? Readable.from([]) : createReadStream(file));
    if (await pushBlob(requests, sha256, { bytes, open })) {
      sentFiles++;
      sentBytes += bytes;
    }
    sent((soFar += bytes), total);
  }
  const emptyDigest = createHash('sha256').update(EMPTY).digest('hex');
  await pushBlob(requests, emptyDigest, { bytes: EMPTY.length, open: () => EMPTY });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      artifactType: ARTIFACT_TYPE,
      config: { mediaType: EMPTY_TYPE, digest: `sha256:${emptyDigest}`, size: EMPTY.length },
      layers: all.map(({ path, sha256, bytes }) => ({
        mediaType: FILE_TYPE,
        digest: `sha256:${sha256}`,
        size: bytes,
        annotations: { [TITLE]: path },
      })),
    }),
  );
  const answer = await requests.send({
    method: 'PUT',
    path: `manifests/${reference}`,
    headers: { 'content-type': MANIFEST_TYPE },
    body: { bytes: manifest.length, open: () => manifest },
  });
  await answer.dismiss();
  return { digest: `sha256:${createHash('sha256').update(manifest).digest('hex')}`, sentFiles, sentBytes };
}

/** Whether it had to be sent. The registry compares it with its digest. */
async function pushBlob(
  requests: OciRequests,
  sha256: string,
  body: { readonly bytes: number; readonly open: () => Readable | Uint8Array },
): Promise<boolean> {
  const digest = `sha256:${sha256}`;
  const there = await requests.send({ method: 'HEAD', path: `blobs/${digest}`, takes: [404] });
  await there.dismiss();
  if (there.status === 200) return false;
  const nothing = { bytes: 0, open: () => new Uint8Array() };
  const begun = await requests.send({ method: 'POST', path: 'blobs/uploads/', body: nothing });
  await begun.dismiss();
  const location = begun.header('location');
  if (location === undefined) throw new ArtifactError('corrupt', 'The registry begins no upload.');
  const path = `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
  const headers = { 'content-type': 'application/octet-stream' };
  await (await requests.send({ method: 'PUT', path, headers, body })).dismiss();
  return true;
}
