/**
 * What is asked of a store of objects: five calls, which a folder, S3 and Google Cloud Storage have in common. Keys are
 * below the prefix of the store's address, with `/`. Every call is tried again by itself where that helps.
 */
import type { Content } from './content.ts';

/** Of an object as it is now; changes with every write. Opaque. */
export type Tag = string;

export interface Got {
  /** Where in the object the body begins: 0 where the store does not serve ranges. */
  readonly from: number;
  /** Of the whole object. */
  readonly bytes: number;
  readonly tag: Tag;
  /** From `from` on. @throws StoreUnreachable when it is cut off */
  readonly pieces: AsyncIterable<Uint8Array>;
}

export interface Listed {
  readonly key: string;
  readonly bytes: number;
  /** Milliseconds since 1970, by the clock of the store. */
  readonly writtenAt: number;
}

export interface GetOptions {
  /** First byte that is wanted. */
  readonly from?: number;
  /** Answers 'unchanged' where the object still has this tag. */
  readonly unless?: Tag | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What has to be there for a write to be made: nothing, or the object with this tag. */
export type Condition = 'nothing' | { readonly tag: Tag };

export interface ObjectStore {
  /** As in messages: `s3://bucket/prefix`. */
  readonly address: string;
  /**
   * Whether writes with a condition are held to it: false where only a trial can tell (an S3 of another maker).
   * See precondition.ts.
   */
  readonly keepsConditions: boolean;
  /** Undefined when there is no such object. @throws ArtifactError */
  get(key: string, options?: GetOptions): Promise<Got | 'unchanged' | undefined>;
  /** @throws ArtifactError; `changed` where the condition does not hold */
  put(key: string, content: Content, condition?: Condition): Promise<Tag>;
  /** Size and tag; undefined when there is no such object. */
  head(key: string): Promise<{ readonly bytes: number; readonly tag: Tag } | undefined>;
  /** Everything whose key begins with `prefix`, in the order of the keys. */
  list(prefix: string): AsyncIterable<Listed>;
  /** Within the store, without the bytes coming here. @throws ArtifactError missing when there is nothing to copy */
  copy(from: string, to: string, bytes: number): Promise<void>;
  /** No error when there is no such object. */
  delete(key: string): Promise<void>;
  /** The rules by which the store itself removes what is old; undefined where it has none. */
  readonly lifecycle?: Lifecycle;
  close(): Promise<void>;
}

/** One rule: what lies below `prefix` is removed so many days after it was written. */
export interface LifecycleRule {
  readonly id: string;
  /** Below the prefix of the store. */
  readonly prefix: string;
  readonly expireDays?: number;
  /** After it was overwritten or deleted, in a store that keeps what was before. */
  readonly expireOldDays?: number;
  /** Of uploads in parts that were never finished. */
  readonly abortUploadDays?: number;
}

export interface Lifecycle {
  /** What would be sent for these rules alone, as text of the store's own form. */
  written(rules: readonly LifecycleRule[]): string;
  /** Puts these rules in the place of earlier ones of ours; those of others stay. @throws ArtifactError */
  apply(rules: readonly LifecycleRule[]): Promise<void>;
}
