/**
 * A large file in pieces into Google Cloud Storage, each with its own attempts: what the store has of a piece already when it
 * comes again, it passes over.
 */
import { Readable } from 'node:stream';
import type { StoreAnswer } from '../../outbound/store/connection.ts';
import { ArtifactError } from '../artifact-error.ts';
import type { Content } from '../store/content.ts';
import type { GcsRequests } from './requests.ts';

/** A multiple of 256 KiB, as the store asks. */
const PIECE_BYTES = 16 * 1024 * 1024;
const RANGE = /^bytes=0-(\d{1,15})$/;
/** "Resume incomplete": the piece was taken. */
const MORE = 308;

/** The answer to the last piece, which describes the object. @throws ArtifactError */
export async function resumedUpload(
  requests: GcsRequests,
  key: string,
  metadata: Readonly<Record<string, unknown>>,
  content: Content,
  query: Readonly<Record<string, string>>,
): Promise<StoreAnswer> {
  const path = `/upload/storage/v1/b/${requests.bucket}/o`;
  const json = JSON.stringify(metadata);
  const begun = await requests.send({
    method: 'POST',
    path,
    query: { ...query, uploadType: 'resumable', name: requests.prefixed(key) },
    headers: {
      'content-type': 'application/json; charset=UTF-8',
      'x-upload-content-type': content.type,
      'x-upload-content-length': String(content.bytes),
    },
    body: bodyOf(json),
    what: key,
  });
  await begun.dismiss();
  // Only what names the upload is taken of the address: pieces go where all requests go.
  const session = URL.parse(begun.header('location') ?? '')?.searchParams;
  if (session === undefined) throw new ArtifactError('corrupt', `${key}: the store begins no upload.`);
  for (let from = 0; ;) {
    const to = Math.min(content.bytes, from + PIECE_BYTES);
    const answer = await requests.send({
      method: 'PUT',
      path,
      query: Object.fromEntries(session),
      headers: { 'content-range': `bytes ${from}-${to - 1}/${content.bytes}` },
      body: { bytes: to - from, open: () => content.open(from, to) },
      takes: [MORE],
      what: key,
    });
    if (answer.status !== MORE) return answer;
    await answer.dismiss();
    const [, last] = RANGE.exec(answer.header('range') ?? '') ?? [];
    const next = last === undefined ? 0 : Number(last) + 1;
    if (next <= from || next >= content.bytes) {
      throw new ArtifactError(
        'corrupt',
        `${key}: the store has taken ${next} of ${to} bytes that were sent.`,
      );
    }
    from = next;
  }
}

const bodyOf = (text: string) => {
  const bytes = Buffer.from(text);
  return { bytes: bytes.length, open: () => Readable.from([bytes]) };
};
