/**
 * S3, and stores that speak its protocol. Each body is sent with its digest, which the store checks before it keeps
 * anything: an upload that was torn or garbled leaves no object.
 */
import type { StoreAnswer } from '../../outbound/store/connection.ts';
import { ArtifactError } from '../artifact-error.ts';
import type { Content } from '../store/content.ts';
import { S3Lifecycle } from './lifecycle.ts';
import { copyInParts, PART_BYTES, putInParts } from './parts.ts';
import { S3Requests, type S3Settings } from './requests.ts';
import { encodedKey } from './sigv4.ts';
import type { Condition, GetOptions, Got, Lifecycle, Listed, ObjectStore, Tag } from '../store/store.ts';
import { rangeOf } from '../store/range.ts';
import { elements, textIn } from './xml.ts';

/** The most that one request copies. */
const COPY_BYTES = 5 * 1024 ** 3;

export class S3Store implements ObjectStore {
  readonly address: string;
  readonly keepsConditions: boolean;
  readonly lifecycle: Lifecycle;
  readonly #requests: S3Requests;

  constructor(settings: S3Settings) {
    this.address = `s3://${settings.bucket}/${settings.prefix}`.replace(/\/$/, '');
    this.keepsConditions = settings.endpoint === undefined;
    this.#requests = new S3Requests(settings, this.address);
    this.lifecycle = new S3Lifecycle(this.#requests, settings.prefix);
  }

  async get(
    key: string,
    { from = 0, unless, signal }: GetOptions = {},
  ): Promise<Got | 'unchanged' | undefined> {
    const answer = await this.#requests.send({
      method: 'GET',
      key,
      headers: {
        ...(from > 0 && { range: `bytes=${from}-` }),
        ...(unless !== undefined && { 'if-none-match': unless }),
      },
      takes: [304, 404],
      signal,
    });
    if (answer.status === 404) return this.#requests.noObject(answer);
    if (answer.status === 304) {
      await answer.dismiss();
      return 'unchanged';
    }
    return { ...rangeOf(answer, from), tag: tagOf(answer), pieces: answer.pieces() };
  }

  async put(key: string, content: Content, condition?: Condition): Promise<Tag> {
    if (content.bytes > PART_BYTES && condition === undefined)
      return putInParts(this.#requests, key, content);
    const answer = await this.#requests.send({
      method: 'PUT',
      key,
      headers: {
        'content-type': content.type,
        'x-amz-checksum-sha256': Buffer.from(content.sha256, 'hex').toString('base64'),
        ...(condition === 'nothing' && { 'if-none-match': '*' }),
        ...(typeof condition === 'object' && { 'if-match': condition.tag }),
      },
      content,
    });
    await answer.dismiss();
    return tagOf(answer);
  }

  async head(key: string): Promise<{ readonly bytes: number; readonly tag: Tag } | undefined> {
    const answer = await this.#requests.send({ method: 'HEAD', key, takes: [404] });
    await answer.dismiss();
    if (answer.status === 404) return undefined;
    return { bytes: Number(answer.header('content-length')), tag: tagOf(answer) };
  }

  async *list(prefix: string): AsyncGenerator<Listed> {
    for (let more: string | undefined = ''; more !== undefined;) {
      const answer: StoreAnswer = await this.#requests.send({
        method: 'GET',
        query: {
          'list-type': '2',
          'encoding-type': 'url',
          prefix: this.#requests.prefixed(prefix),
          ...(more !== '' && { 'continuation-token': more }),
        },
      });
      const xml = await answer.text();
      for (const one of elements(xml, 'Contents')) yield this.#listed(one);
      more = textIn(xml, 'IsTruncated') === 'true' ? textIn(xml, 'NextContinuationToken') : undefined;
    }
  }

  async copy(from: string, to: string, bytes: number): Promise<void> {
    const source = `/${this.#requests.bucket}/${encodedKey(this.#requests.prefixed(from))}`;
    if (bytes > COPY_BYTES) return copyInParts(this.#requests, source, to, bytes);
    const answer = await this.#requests.send({
      method: 'PUT',
      key: to,
      headers: { 'x-amz-copy-source': source },
      takes: [404],
      // Once a long copy has begun, a failure comes behind the status 200.
      fails: (text) => textIn(text, 'CopyObjectResult') === undefined && text.includes('<Error'),
    });
    await answer.dismiss();
    if (answer.status === 404) throw new ArtifactError('missing', `There is no ${from} in ${this.address}.`);
  }

  async delete(key: string): Promise<void> {
    await (await this.#requests.send({ method: 'DELETE', key, takes: [404] })).dismiss();
  }

  async close(): Promise<void> {
    await this.#requests.close();
  }

  #listed(xml: string): Listed {
    const key = decodeURIComponent((textIn(xml, 'Key') ?? '').replaceAll('+', ' '));
    return {
      key: key.slice(this.#requests.prefixed('').length),
      bytes: Number(textIn(xml, 'Size')),
      writtenAt: Date.parse(textIn(xml, 'LastModified') ?? ''),
    };
  }
}

const tagOf = (answer: StoreAnswer): Tag => answer.header('etag') ?? '';
