/** A server that ours is compared with. */
import type { Contestant } from '../run/contestant.ts';

export type PeerModel = 'fp32' | 'int8';

export interface Peer {
  readonly name: string;
  /** Its package of PyPI, and the version that is pinned. */
  readonly package: string;
  readonly version: string;
  /** Of onnxruntime, which it runs. */
  readonly onnxruntime: string;
  /** Workers, threads and batching: the best one is chosen by measuring. */
  readonly settings: readonly string[];
  readonly models: readonly PeerModel[];
  /**
   * Resolves when it has answered a photograph with 200. The first start of an environment installs it.
   * @throws Error when its Python is not there or it does not start: a comparison lists it as skipped
   */
  readonly start: (setting: string, model: PeerModel, port: number) => Promise<Contestant>;
}
