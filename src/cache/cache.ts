/**
 * The cache of answers: results of payloads, bounded in bytes, for every protocol. It knows payloads and results, not
 * requests and answers: an answer has its own request id and timings each time, and a request may have several images.
 */
import type { Clock } from '../clock.ts';
import type { ModelVersion } from '../serving/model-version.ts';
import { directivesOf } from './directives.ts';
import { EntityTags } from './etag.ts';
import { Lru } from './lru.ts';
import type { CacheEvents, Result, Shared } from './request.ts';
import { CacheVisit, type CacheableWork, type CacheHead } from './visit.ts';

/** Each takes some hundred bytes of V8's heap, which is smaller than the memory of the machine. */
const MAX_ENTRIES = 1_000_000;

export interface CacheSettings {
  readonly maxBytes: number;
  /** What differs between servers that answer differently with the same model. */
  readonly build: string;
}

export class AnswerCache {
  readonly maxBytes: number;
  readonly #shared: Shared;
  readonly #tags: EntityTags;

  constructor({ maxBytes, build }: CacheSettings, clock: Clock, events: CacheEvents) {
    this.maxBytes = maxBytes;
    this.#tags = new EntityTags(build);
    const store = new Lru<Result>({ bytes: maxBytes, entries: MAX_ENTRIES }, () => events.evicted());
    this.#shared = { store, flights: new Map(), clock, events };
  }

  get bytes(): number {
    return this.#shared.store.bytes;
  }

  get entries(): number {
    return this.#shared.store.entries;
  }

  /** Whether a request may get a stored result, which needs neither room nor time. */
  mayAnswer({ cacheControl }: CacheHead): boolean {
    return directivesOf(cacheControl).reads;
  }

  open(version: ModelVersion, work: CacheableWork, head: CacheHead): CacheVisit {
    return new CacheVisit(this.#shared, this.#tags, version, work, head);
  }

  /** The version with that instance is gone. */
  forget(instance: number): void {
    this.#shared.store.drop(instance);
  }
}
