/** The rows of the repository index: every version that is served, loaded or refused, and every model that is not loaded. */
import type { Look } from '../../repository/look/look.ts';
import { UNKNOWN_VERSION, type ModelState, type ModelVersion } from '../model-version.ts';
import type { Serving } from '../serving.ts';

/** As the model repository extension names them. UNKNOWN is never used: the state of every version is known. */
export type IndexState = 'UNKNOWN' | 'READY' | 'UNAVAILABLE' | 'LOADING' | 'UNLOADING';

export interface IndexRow {
  readonly name: string;
  /** Undefined where no version is known. */
  readonly version?: string;
  readonly state: IndexState;
  /** Why it is in that state, or why changed files are not served instead; empty where there is nothing to say. */
  readonly reason: string;
}

const STATES: Readonly<Record<ModelState, IndexState>> = {
  waiting: 'LOADING',
  loading: 'LOADING',
  ready: 'READY',
  unavailable: 'UNAVAILABLE',
};

export function rowsOf(
  { catalogue, leaving }: Pick<Serving, 'catalogue' | 'leaving'>,
  { models }: Look,
): IndexRow[] {
  const rows = catalogue.versions.map((version) =>
    rowOf(version, version.answers ? 'READY' : STATES[version.state]),
  );
  const isShown = (name: string, version?: string): boolean =>
    rows.some((row) => row.name === name && (version === undefined || row.version === version));
  for (const version of leaving) {
    // A version that is replaced under the same number goes on, as its name says.
    if (!isShown(version.name, version.version)) rows.push(rowOf(version, 'UNLOADING'));
  }
  for (const [name, { reason }] of models) {
    if (!isShown(name)) rows.push({ name, state: 'UNAVAILABLE', reason: reason ?? 'not loaded' });
  }
  return rows.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

const rowOf = ({ name, version, reason, refusal }: ModelVersion, state: IndexState): IndexRow => ({
  name,
  ...(version === UNKNOWN_VERSION ? {} : { version }),
  state,
  reason: (state === 'READY' ? refusal : state === 'UNAVAILABLE' ? reason : undefined) ?? '',
});
