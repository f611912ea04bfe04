/** A request at the cache, from the moment its work is known: its tag, its outcomes, and what the cache did for it. */
import type { Priority } from '../batcher/entry.ts';
import type { ModelVersion } from '../serving/model-version.ts';
import type { CacheUse } from '../telemetry/metrics/model-series.ts';
import type { Payload } from '../thread/payload.ts';
import { digestOf } from './digest.ts';
import { directivesOf, type Directives } from './directives.ts';
import { matches, type EntityTags } from './etag.ts';
import { CachedRequest, type Item, type Queue, type Shared } from './request.ts';
import { cacheStatus } from './status.ts';

/** The headers of a request that matter here. */
export interface CacheHead {
  readonly cacheControl: string;
  readonly ifNoneMatch: string;
}

/** The payloads of a request, and what else of it shapes the answer; without that, the answer has no tag. */
export interface CacheableWork {
  readonly payloads: readonly Payload[];
  readonly variant?: string | undefined;
  /** Its order in the queue; normal where it is left out. */
  readonly priority?: Priority | undefined;
}

export class CacheVisit {
  /** Of a good answer. */
  readonly tag: string | undefined;
  /** Whether the client has that answer already: it need not be made. */
  readonly unchanged: boolean;
  readonly #shared: Shared;
  readonly #version: ModelVersion;
  readonly #priority: Priority;
  readonly #items: readonly Item[];
  readonly #directives: Directives;
  #request: CachedRequest | undefined;

  constructor(
    shared: Shared,
    tags: EntityTags,
    version: ModelVersion,
    { payloads, variant, priority = 'normal' }: CacheableWork,
    { cacheControl, ifNoneMatch }: CacheHead,
  ) {
    this.#shared = shared;
    this.#version = version;
    this.#priority = priority;
    this.#directives = directivesOf(cacheControl);
    this.#items = payloads.map((payload) => ({ payload, digest: digestOf(payload) }));
    const digests = this.#items.map(({ digest }) => digest);
    this.tag = variant === undefined ? undefined : tags.of(version, { digests, variant });
    this.unchanged = ifNoneMatch !== '' && this.tag !== undefined && matches(ifNoneMatch, this.tag);
  }

  /** Answers from the cache and from what is in flight; `queue` runs the rest. @throws ServingError as `queue` does */
  submit(queue: Queue): CachedRequest {
    const { labels, source } = this.#version;
    const of = { labels, instance: source!.instance, priority: this.#priority };
    this.#request = new CachedRequest(this.#shared, of, this.#items, this.#directives, queue);
    return this.#request;
  }

  /** For the metrics, once the outcomes are known. */
  get use(): CacheUse | undefined {
    if (this.#request === undefined) return undefined;
    const { tally, reusedRows } = this.#request;
    return { hit: tally.hits === tally.payloads, reusedRows };
  }

  /** Value of Cache-Status, once the outcomes are known, or for an answer that is unchanged. */
  get status(): string {
    return this.#request === undefined ? 'ortolan; hit' : cacheStatus(this.#request.tally, this.#directives);
  }
}
