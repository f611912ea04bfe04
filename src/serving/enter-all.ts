/** The models of the repository as the catalogue shows them at the start: also those that cannot be used, with a reason. */
import { foldersWithoutVersion } from '../repository/misplaced/passed-over.ts';
import type { Config } from '../config/schema.ts';
import type { ModelEntry, Repository, VersionEntry } from '../repository/repository.ts';
import type { Events } from '../telemetry/events/events.ts';
import type { Catalogue } from './catalogue.ts';
import { ModelVersion, UNKNOWN_VERSION } from './model-version.ts';
import { unreadable } from './settings.ts';

/** Where the models are entered. */
export interface Register {
  readonly catalogue: Catalogue;
  enter(entry: ModelEntry, file: VersionEntry): ModelVersion;
  enterUnreadable(name: string, reason: string): ModelVersion;
}

interface Settings {
  readonly config: Pick<Config, 'sloP99Ms'>;
  readonly events: Pick<Events, 'models'>;
}

export function enterAll(serving: Register, repository: Repository, { config, events }: Settings): void {
  for (const entry of repository.models) {
    for (const file of entry.versions) {
      const version = serving.enter(entry, file);
      version.offer();
      serving.catalogue.add(version, entry.defaultVersion);
    }
  }
  for (const { name, reason } of repository.unavailable) {
    serving.catalogue.add(serving.enterUnreadable(name, reason), UNKNOWN_VERSION);
  }
  for (const { folder, reason } of repository.warnings) events.models.passedOver(folder, reason);
  for (const { name, reason } of foldersWithoutVersion(repository)) {
    const version = new ModelVersion(unreadable(name, config.sloP99Ms));
    version.unavailable(reason);
    serving.catalogue.add(version, UNKNOWN_VERSION);
  }
}
