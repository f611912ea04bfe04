/** What a pull is given beside the models that are offered. */
import type { Clock } from '../../clock.ts';
import type { Trust } from '../../repository/trust/trust.ts';
import type { Source } from '../source/source.ts';

export interface PullSettings {
  readonly source: Source;
  /** Absolute path of the models folder. */
  readonly models: string;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Whose signatures are asked for; what does not have them is not put in place. */
  readonly trust: Trust | undefined;
  /**
   * What happens to what lies in the place of a version and was not pulled, or was changed since. `damaged`: only what was
   * pulled is put right. `all`: the source is right. `nothing`: both are refused.
   */
  readonly replaces: 'nothing' | 'damaged' | 'all';
  /** Whether versions that were pulled, and are no longer offered, are taken away. */
  readonly removes: boolean;
  /** Bytes that have come, and of all that are to come for the model. */
  readonly arrived?: (model: string, bytes: number, all: number) => void;
}
