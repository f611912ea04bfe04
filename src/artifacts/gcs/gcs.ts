/**
 * Google Cloud Storage by its JSON interface. The tag of an object is its generation, which every write changes; each upload
 * says its MD5, which the store compares before it keeps anything.
 */
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { StoreAnswer } from '../../outbound/store/connection.ts';
import { ArtifactError } from '../artifact-error.ts';
import { objectIn } from '../json-object.ts';
import { changedHere, type Content } from '../store/content.ts';
import { GcsLifecycle } from './lifecycle.ts';
import { GcsRequests, type GcsSettings } from './requests.ts';
import { resumedUpload } from './upload.ts';
import { rangeOf } from '../store/range.ts';
import type { Condition, GetOptions, Got, Lifecycle, Listed, ObjectStore, Tag } from '../store/store.ts';

/** Up to this, content and metadata are one request. */
const ONE_REQUEST_BYTES = 8 * 1024 * 1024;

export class GcsStore implements ObjectStore {
  readonly address: string;
  readonly keepsConditions: boolean;
  readonly lifecycle: Lifecycle;
  readonly #requests: GcsRequests;

  constructor(settings: GcsSettings) {
    this.address = `gs://${settings.bucket}/${settings.prefix}`.replace(/\/$/, '');
    this.keepsConditions = settings.endpoint === undefined;
    this.#requests = new GcsRequests(settings, this.address);
    this.lifecycle = new GcsLifecycle(this.#requests, settings.prefix);
  }

  async get(
    key: string,
    { from = 0, unless, signal }: GetOptions = {},
  ): Promise<Got | 'unchanged' | undefined> {
    const answer = await this.#requests.send({
      method: 'GET',
      path: this.#requests.pathOf(key),
      query: { alt: 'media', ...(unless !== undefined && { ifGenerationNotMatch: unless }) },
      headers: from > 0 ? { range: `bytes=${from}-` } : {},
      takes: [304, 404],
      signal,
    });
    if (answer.status === 404) return this.#requests.noObject(answer);
    const tag = answer.header('x-goog-generation') ?? '';
    // An emulator may not know the condition.
    if (answer.status === 304 || (unless !== undefined && tag === unless)) {
      await answer.dismiss();
      return 'unchanged';
    }
    return { ...rangeOf(answer, from), tag, pieces: answer.pieces() };
  }

  async put(key: string, content: Content, condition?: Condition): Promise<Tag> {
    const name = this.#requests.prefixed(key);
    const metadata = { name, contentType: content.type, md5Hash: await md5Of(content) };
    const query = condition === undefined ? {} : { ifGenerationMatch: generationOf(condition) };
    const answer =
      content.bytes > ONE_REQUEST_BYTES
        ? await resumedUpload(this.#requests, key, metadata, content, query)
        : await this.#inOneRequest(key, metadata, content, query);
    return tagIn(await answer.text());
  }

  async head(key: string): Promise<{ readonly bytes: number; readonly tag: Tag } | undefined> {
    const path = this.#requests.pathOf(key);
    const answer = await this.#requests.send({ method: 'GET', path, takes: [404] });
    if (answer.status === 404) return this.#requests.noObject(answer);
    const text = await answer.text();
    return { bytes: Number(objectIn(text)['size']), tag: tagIn(text) };
  }

  async *list(prefix: string): AsyncGenerator<Listed> {
    for (let more: unknown = ''; typeof more === 'string';) {
      const answer: StoreAnswer = await this.#requests.send({
        method: 'GET',
        path: `/storage/v1/b/${this.#requests.bucket}/o`,
        query: { prefix: this.#requests.prefixed(prefix), ...(more !== '' && { pageToken: more }) },
      });
      const { items, nextPageToken } = objectIn(await answer.text());
      for (const item of Array.isArray(items) ? (items as Record<string, unknown>[]) : []) {
        yield {
          key: String(item['name']).slice(this.#requests.prefixed('').length),
          bytes: Number(item['size']),
          writtenAt: Date.parse(String(item['updated'])),
        };
      }
      more = nextPageToken;
    }
  }

  async copy(from: string, to: string): Promise<void> {
    const path = `${this.#requests.pathOf(from)}/rewriteTo${this.#requests.pathOf(to).replace('/storage/v1', '')}`;
    // A large object is copied in several steps, which a token joins.
    for (let token: unknown = ''; typeof token === 'string';) {
      const query: Record<string, string> = token === '' ? {} : { rewriteToken: token };
      const answer = await this.#requests.send({ method: 'POST', path, query, takes: [404] });
      const text = await answer.text();
      if (answer.status === 404)
        throw new ArtifactError('missing', `There is no ${from} in ${this.address}.`);
      const { done, rewriteToken } = objectIn(text);
      token = done === false ? rewriteToken : undefined;
    }
  }

  async delete(key: string): Promise<void> {
    const path = this.#requests.pathOf(key);
    await (await this.#requests.send({ method: 'DELETE', path, takes: [404] })).dismiss();
  }

  async close(): Promise<void> {
    await this.#requests.close();
  }

  async #inOneRequest(
    key: string,
    metadata: Readonly<Record<string, unknown>>,
    content: Content,
    query: Readonly<Record<string, string>>,
  ): Promise<StoreAnswer> {
    const boundary = `ortolan-${randomBytes(16).toString('hex')}`;
    const head = Buffer.from(
      `--${boundary}\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(metadata)}\r\n` +
        `--${boundary}\r\ncontent-type: ${content.type}\r\n\r\n`,
    );
    const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
    async function* body(): AsyncGenerator<Buffer> {
      yield head;
      for await (const piece of content.open()) yield piece as Buffer;
      yield tail;
    }
    return this.#requests.send({
      method: 'POST',
      path: `/upload/storage/v1/b/${this.#requests.bucket}/o`,
      query: { ...query, uploadType: 'multipart' },
      headers: { 'content-type': `multipart/related; boundary=${boundary}` },
      body: { bytes: head.length + content.bytes + tail.length, open: () => Readable.from(body()) },
      what: key,
    });
  }
}

const generationOf = (condition: Condition): string => (condition === 'nothing' ? '0' : condition.tag);

function tagIn(text: string): Tag {
  const { generation } = objectIn(text);
  return typeof generation === 'string' || typeof generation === 'number' ? String(generation) : '';
}

/** The store knows no SHA-256: what it is told to compare with is taken of the same bytes. */
async function md5Of(content: Content): Promise<string> {
  const [md5, sha256] = [createHash('md5'), createHash('sha256')];
  for await (const piece of content.open()) {
    md5.update(piece as Buffer);
    sha256.update(piece as Buffer);
  }
  if (sha256.digest('hex') !== content.sha256) throw changedHere();
  return md5.digest('base64');
}
