/** Which of the versions that are there a name leads to: no name moves to a version that does not answer. Pure. */
import type { ModelConfig } from '../../repository/model-json/schema.ts';
import type { ModelVersion } from '../model-version.ts';

type Named = Pick<ModelVersion, 'version' | 'answers'> & {
  readonly settings: Pick<ModelVersion['settings'], 'versionLabels'>;
};

/**
 * The default version: the wanted one when it answers, else the one that was, else the highest that answers.
 * `versions`: not empty. `before`: undefined for a model that was not there.
 */
export function defaultAmong(versions: readonly Named[], wanted: string, before: string | undefined): string {
  const isThere = (number: string | undefined): boolean => versions.some(({ version }) => version === number);
  const answering = versions.filter(({ answers }) => answers);
  if (answering.some(({ version }) => version === wanted)) return wanted;
  if (before !== undefined && isThere(before)) return before;
  return highest(answering) ?? (isThere(wanted) ? wanted : highest(versions)!);
}

const highest = (versions: readonly Named[]): string | undefined =>
  versions.map(({ version }) => version).sort((a, b) => Number(b) - Number(a))[0];

/** The labels of each version, by number. A label stays where it was until the version that it is to name answers. */
export function labelsAmong(
  versions: readonly Named[],
  wanted: ModelConfig['versionLabels'] = {},
): ReadonlyMap<string, readonly string[]> {
  const labels = new Map<string, string[]>(versions.map(({ version }) => [version, []]));
  for (const [label, number] of Object.entries(wanted)) {
    const target = versions.find(({ version }) => version === String(number));
    const holder =
      target?.answers === true
        ? target
        : versions.find(({ answers, settings }) => answers && settings.versionLabels.includes(label));
    const version = (holder ?? target)?.version;
    if (version !== undefined) labels.get(version)?.push(label);
  }
  return labels;
}
