/** What GET /v1/models/{model}/drift says of a version, read with care. Pure. */

interface Statistic {
  readonly alarm?: boolean;
  readonly value?: number;
  readonly threshold?: number;
}

interface Version {
  readonly version?: string;
  readonly features?: readonly { readonly feature?: string; readonly statistics?: readonly Statistic[] }[];
}

/** Most features that a sentence names. */
const NAMED = 3;

/** Which features of the version have drifted, as a sentence; undefined when none has. */
export function driftOf(answer: unknown, version: string): string | undefined {
  const { versions } = (answer ?? {}) as { versions?: unknown };
  const found = (Array.isArray(versions) ? (versions as Version[]) : []).find(
    (one) => one.version === version,
  );
  const beyond = (found?.features ?? []).flatMap(({ feature, statistics }) => {
    const alarm = (statistics ?? []).find((one) => one.alarm === true);
    return alarm === undefined
      ? []
      : [`${feature ?? 'a feature'} ${figure(alarm.value)} > ${figure(alarm.threshold)}`];
  });
  if (beyond.length === 0) return undefined;
  const more = beyond.length > NAMED ? `, and ${beyond.length - NAMED} more` : '';
  return `${beyond.slice(0, NAMED).join(', ')}${more}`;
}

const figure = (value: number | undefined): string => (value === undefined ? '?' : value.toPrecision(3));
