/** Messages between a worker thread and the process that has the sessions of one version for it. */
import type { Failure } from '../../src/errors.ts';
import type { Loaded, LoadTask, Width } from '../../src/thread/load.ts';
import type { Output } from '../../src/thread/messages.ts';
import type { Value } from '../values.ts';

export type Ask =
  | { readonly kind: 'create' | 'open'; readonly task: LoadTask }
  | { readonly kind: 'run'; readonly values: readonly Value[]; readonly width: Width }
  | { readonly kind: 'warm'; readonly rows: number; readonly width: Width }
  | { readonly kind: 'widen' };

/** What each question is answered with. */
export interface Replies {
  readonly create: Loaded | Failure;
  readonly open: Loaded | Failure;
  readonly run: readonly Output[];
  readonly warm: number | undefined;
  readonly widen: boolean;
}

/**
 * In the order of the questions. `error`: the sentence of what was thrown instead. `lost`: set where the device is lost, so
 * that the process is of no use any more.
 */
export type Reply = { readonly value: unknown } | { readonly error: string; readonly lost?: true };
