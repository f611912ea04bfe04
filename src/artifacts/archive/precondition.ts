/**
 * Whether a store holds writes to their condition. Amazon's and Google's do; others may pass over it without a word, and two
 * writers would then lose an entry of the index. So such a store is tried before the first write.
 */
import { ArtifactError } from '../artifact-error.ts';
import { textContent } from '../store/content.ts';
import type { ObjectStore } from '../store/store.ts';

const PROBE_KEY = 'precondition-probe';

/** @throws ArtifactError when two writers could lose what the other has written */
export async function requireConditions(store: ObjectStore): Promise<void> {
  if (store.keepsConditions) return;
  const probe = textContent('This object shows whether the store holds writes to their condition.\n');
  if ((await store.head(PROBE_KEY)) === undefined) await store.put(PROBE_KEY, probe);
  try {
    await store.put(PROBE_KEY, probe, 'nothing');
  } catch (error) {
    if (error instanceof ArtifactError && error.fault === 'changed') return;
    throw error;
  }
  throw new ArtifactError(
    'refused',
    `${store.address} does not hold writes to their condition, so that two writers could lose each other's versions. If nobody else writes to it, say --only-writer.`,
  );
}
