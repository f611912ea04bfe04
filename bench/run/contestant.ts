/** A server that can be loaded: ours or a peer's, started and ready. */
export interface Contestant {
  /** `ortolan`, or the name of the peer. */
  readonly name: string;
  readonly setting?: string;
  /** Where a photograph is posted. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body that carries a photograph: most servers take its bytes as they are. */
  readonly bodyOf: (photograph: Buffer) => Buffer;
  /** Milliseconds from exec to the first answer 200. */
  readonly startMs: number;
  /** Every process of the server now. */
  readonly pids: () => readonly number[];
  /** Ends all of its processes and resolves when they are gone. */
  readonly stop: () => Promise<void>;
}
