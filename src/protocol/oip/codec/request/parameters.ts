/**
 * The parameters of a request that mean something here: `timeout`, `priority` and `binary_data_output`. Those of features
 * that are not there are refused, because ignoring them would change the answer; any other is ignored.
 */
import { badField, type Members } from './members.ts';

export interface RequestParameters {
  /** Deadline in milliseconds from arrival; undefined: none. */
  readonly timeoutMs: number | undefined;
  /** 0: the default; 1: the highest. */
  readonly priority: number;
  /** Whether outputs are binary where they do not say. */
  readonly binary: boolean;
}

const US_PER_MS = 1000;
const SEQUENCE = ['sequence_id', 'sequence_start', 'sequence_end'];
const RESERVED = 'triton_';

/** @throws ServingError BAD_FIELD */
export function requestParameters(given: Members): RequestParameters {
  for (const name of given.names) refuseReserved(given, name);
  const timeout = given.count('timeout') ?? 0;
  return {
    timeoutMs: timeout === 0 ? undefined : timeout / US_PER_MS,
    priority: given.count('priority') ?? 0,
    binary: given.flag('binary_data_output') ?? false,
  };
}

function refuseReserved(given: Members, name: string): void {
  const path = [...given.path, name];
  const value = given.value(name);
  if (name.startsWith(RESERVED)) throw badField(`Parameters that begin with ${RESERVED} are reserved.`, path);
  // Clients that have none may write 0, an empty text or false.
  if (SEQUENCE.includes(name) && Boolean(value)) {
    throw badField('No sequence is served: every request stands alone.', path);
  }
  if (!['string', 'number', 'boolean', 'undefined'].includes(typeof value)) {
    throw badField('A parameter is a string, a number or a boolean.', path);
  }
}
