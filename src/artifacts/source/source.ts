/** Where models are pulled from: an archive, or a registry of somebody else. Only read. */

export interface OfferedFile {
  /** Below the folder of the version, or of the model, with `/`. */
  readonly path: string;
  readonly bytes: number;
  /** Lower-case hexadecimal; undefined where the registry keeps no digests. */
  readonly sha256: string | undefined;
  /** Where the source finds it. */
  readonly at: string;
}

export interface OfferedVersion {
  /** The same as long as its content is: the digest of its files, or what the registry calls it. */
  readonly digest: string;
  readonly files: readonly OfferedFile[];
}

export interface OfferedModel {
  /** What the versions share. */
  readonly files: readonly OfferedFile[];
  readonly versions: ReadonlyMap<string, OfferedVersion>;
}

export interface Offer {
  /** The same as long as nothing has changed; undefined: there is nothing yet. */
  readonly tag: string | undefined;
  readonly models: ReadonlyMap<string, OfferedModel>;
}

export interface Source {
  /** As in messages. */
  readonly address: string;
  /** What is there; 'unchanged' where it still has this tag. @throws ArtifactError */
  offer(known?: string, signal?: AbortSignal): Promise<Offer | 'unchanged'>;
  /** Bytes of a file from `from` on, or from its beginning. @throws ArtifactError; StoreUnreachable when it is cut off */
  open(
    file: OfferedFile,
    from: number,
    signal?: AbortSignal,
  ): Promise<{ readonly from: number; readonly pieces: AsyncIterable<Uint8Array> }>;
  close(): Promise<void>;
}
