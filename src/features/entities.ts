/** The entity keys of a request: who or what its rows are about. */
import type { EntityValue } from '../repository/model-json/features.ts';

/** The keys of one row, in the order of entityNames(). */
export type Keys = readonly EntityValue[];

export interface Entities {
  /** One for each row of the request. */
  readonly rows: readonly Keys[];
}
