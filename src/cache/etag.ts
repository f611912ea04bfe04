/**
 * Entity tags of answers to predictions. They are weak: two answers with the same tag have the same results, but each has
 * its own request id and timings.
 */
import { randomUUID } from 'node:crypto';
import type { ModelVersion } from '../serving/model-version.ts';
import { sha256 } from './digest.ts';

/** What an answer depends on. */
export interface TagFacts {
  /** Of all payloads, in order. */
  readonly digests: readonly string[];
  /** What else of the request shapes the answer. */
  readonly variant: string;
}

/** Tells one process from another, for models that do not say what they are. */
const PROCESS = randomUUID();

export class EntityTags {
  readonly #build: string;
  readonly #contents = new WeakMap<ModelVersion, string>();

  /** `build`: what differs between servers that answer differently with the same model. */
  constructor(build: string) {
    this.#build = build;
  }

  /** `W/"…"`, 47 characters. */
  of(version: ModelVersion, { digests, variant }: TagFacts): string {
    return `W/"${sha256(JSON.stringify([this.#contentOf(version), variant, ...digests]))}"`;
  }

  #contentOf(version: ModelVersion): string {
    let content = this.#contents.get(version);
    if (content === undefined) {
      const { source, settings } = version;
      const model = source?.file.sha256Declared ?? `${PROCESS} ${source?.instance}`;
      content = sha256(JSON.stringify([this.#build, model, settings]));
      this.#contents.set(version, content);
    }
    return content;
  }
}

const TAG = /(?:W\/)?("[^"]*")/g;

/**
 * Whether an If-None-Match header has the tag, by weak comparison (RFC 9110, 8.8.3.2). `*` matches nothing: it asks
 * whether there is any answer, and there always is one.
 */
export function matches(ifNoneMatch: string, tag: string): boolean {
  const opaque = tag.slice(2);
  return [...ifNoneMatch.matchAll(TAG)].some((match) => match[1] === opaque);
}
