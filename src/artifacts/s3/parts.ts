/**
 * Large files in parts, each with its own digest and its own attempts. What cannot be finished is given up, so that no
 * parts are left in the store, where nobody sees them and they are paid for.
 */
import { createHash } from 'node:crypto';
import { ArtifactError } from '../artifact-error.ts';
import { textContent, type Content } from '../store/content.ts';
import type { S3Requests } from './requests.ts';
import type { Tag } from '../store/store.ts';
import { escaped, textIn } from './xml.ts';

/** Up to this, a file is one request. */
export const PART_BYTES = 64 * 1024 * 1024;
/** S3 takes 10,000. */
const MOST_PARTS = 9000;
const COPY_PART_BYTES = 1024 ** 3;

interface Part {
  readonly from: number;
  readonly to: number;
}

export async function putInParts(requests: S3Requests, key: string, content: Content): Promise<Tag> {
  const size = Math.max(PART_BYTES, Math.ceil(content.bytes / MOST_PARTS));
  return inParts(requests, key, partsOf(content.bytes, size), async (part, query) => {
    const sha256 = await sha256Of(content, part);
    const answer = await requests.send({ method: 'PUT', key, query, content, part: { ...part, sha256 } });
    await answer.dismiss();
    return answer.header('etag');
  });
}

/** `source`: path of the object with its bucket, encoded. */
export async function copyInParts(
  requests: S3Requests,
  source: string,
  to: string,
  bytes: number,
): Promise<void> {
  await inParts(requests, to, partsOf(bytes, COPY_PART_BYTES), async (part, query) => {
    const range = `bytes=${part.from}-${part.to - 1}`;
    const headers = { 'x-amz-copy-source': source, 'x-amz-copy-source-range': range };
    const answer = await requests.send({ method: 'PUT', key: to, query, headers });
    return textIn(await answer.text(), 'ETag');
  });
}

/** `send`: returns the tag of the part. */
async function inParts(
  requests: S3Requests,
  key: string,
  parts: readonly Part[],
  send: (part: Part, query: Readonly<Record<string, string>>) => Promise<string | undefined>,
): Promise<Tag> {
  const begun = await requests.send({ method: 'POST', key, query: { uploads: '' } });
  const uploadId = textIn(await begun.text(), 'UploadId');
  if (uploadId === undefined)
    throw new ArtifactError('corrupt', `${key}: the store begins no upload in parts.`);
  try {
    const done: string[] = [];
    for (const [index, part] of parts.entries()) {
      const number = String(index + 1);
      const tag = await send(part, { partNumber: number, uploadId });
      done.push(`<Part><PartNumber>${number}</PartNumber><ETag>${escaped(tag ?? '')}</ETag></Part>`);
    }
    const list = `<CompleteMultipartUpload>${done.join('')}</CompleteMultipartUpload>`;
    let tag: string | undefined;
    const finished = await requests.send({
      method: 'POST',
      key,
      query: { uploadId },
      headers: { 'content-type': 'application/xml' },
      content: textContent(list),
      fails: (text) => (tag = textIn(text, 'ETag')) === undefined,
    });
    return finished.header('etag') ?? tag ?? '';
  } catch (error) {
    const given = requests.send({ method: 'DELETE', key, query: { uploadId }, takes: [404] });
    await given.then(
      (answer) => answer.dismiss(),
      () => undefined,
    );
    throw error;
  }
}

function partsOf(bytes: number, size: number): Part[] {
  const count = Math.ceil(bytes / size);
  return Array.from({ length: count }, (_, at) => ({
    from: at * size,
    to: Math.min(bytes, (at + 1) * size),
  }));
}

async function sha256Of(content: Content, { from, to }: Part): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of content.open(from, to)) hash.update(piece as Buffer);
  return hash.digest('hex');
}
