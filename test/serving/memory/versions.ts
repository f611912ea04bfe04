/** Versions of models as the memory budget sees them. */
import { ModelVersion, type Source } from '../../../src/serving/model-version.ts';
import { settingsOf } from '../../../src/serving/settings.ts';
import type { ModelEntry, VersionEntry } from '../../../src/repository/repository.ts';
import { fakeQueue } from '../../support/fake-queue.ts';

let instances = 0;

/** A version that was found at the start. `bytes`: of its file. */
export function found(
  name: string,
  residency: 'pinned' | 'on-demand' = 'on-demand',
  bytes = 1,
): ModelVersion {
  const entry = { name, config: { residency } } as unknown as ModelEntry;
  const file = { version: '1', bytes } as unknown as VersionEntry;
  const source: Source = { entry, file, instance: instances++ };
  const version = new ModelVersion(settingsOf(entry, file, 200), source);
  version.offer();
  return version;
}

const SIGNATURE = { provider: 'cpu', inputs: [], outputs: [], maxBatchSize: 4, joins: { rows: true } };

export function makeReady(version: ModelVersion): void {
  version.ready(SIGNATURE, fakeQueue(), 3500);
}
