/** Names of classes, also of versions that are gone: those of a model are mostly the same from one version to the next. */
import type { Catalogue } from '../../serving/catalogue.ts';
import type { PredictionRecord } from '../log/record.ts';

type Labels = readonly string[] | undefined;

export interface LabelFinder {
  /** Of the version that has answered, or of another one of its model with as many classes. */
  readonly ofRecord: (record: Pick<PredictionRecord, 'model' | 'version' | 'ofClasses'>) => Labels;
  /** Of the default version of a model, else of any. */
  readonly ofModel: (name: string) => Labels;
  /** Whether there is such a version. */
  readonly has: (name: string, version: string) => boolean;
}

export function labelFinder(catalogue: Catalogue): LabelFinder {
  return {
    ofRecord({ model: name, version, ofClasses }) {
      const versions = catalogue.model(name)?.versions ?? [];
      const own = versions.find((one) => one.version === version);
      if (own !== undefined) return own.settings.labels;
      return versions.find(({ settings: { labels } }) => labels?.length === ofClasses)?.settings.labels;
    },
    ofModel(name) {
      const model = catalogue.model(name);
      const labelled = model?.versions.filter(({ settings }) => settings.labels !== undefined) ?? [];
      const found = labelled.find(({ version }) => version === model?.defaultVersion) ?? labelled[0];
      return found?.settings.labels;
    },
    has: (name, version) => catalogue.model(name)?.versions.some((one) => one.version === version) ?? false,
  };
}
