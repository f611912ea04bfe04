/** Whether the traffic of a model agrees with itself and with the versions and labels that exist. Pure. */
import { shadowsOf, type TrafficConfig } from './model-json/traffic.ts';

/** What names may stand for. */
export interface KnownVersions {
  /** Numbers, ascending. */
  readonly versions: readonly string[];
  /** Number by label. */
  readonly labels: ReadonlyMap<string, string>;
  readonly defaultVersion: string;
}

/** A share below this would get none of the 10,000 buckets. */
const SMALLEST_SHARE = 1 / 20_000;

/** The number that a number or label stands for; undefined when there is no such version. */
export const numberOf = (name: string, { versions, labels }: KnownVersions): string | undefined =>
  versions.includes(name) ? name : labels.get(name);

/** JSON pointer, from `traffic` on, and sentence for each fault; empty when there is none. */
export function trafficFaults(traffic: TrafficConfig, known: KnownVersions): string[] {
  const unknown = [...unknownIn(traffic, known)];
  return unknown.length > 0
    ? unknown
    : [...splitFaults(traffic, known), ...shadowFaults(traffic, known), ...guardFaults(traffic, known)];
}

function* unknownIn(traffic: TrafficConfig, known: KnownVersions): Iterable<string> {
  const there = [...known.versions, ...known.labels.keys()].join(', ');
  for (const name of Object.keys(traffic.split ?? {})) {
    if (numberOf(name, known) === undefined)
      yield `/traffic/split/${name} is neither a version nor a label: there is ${there}`;
  }
  for (const { version } of shadowsOf(traffic)) {
    if (numberOf(version, known) === undefined)
      yield `/traffic/shadow is ${version}, neither a version nor a label: there is ${there}`;
  }
}

function splitFaults({ split, sticky, salt }: TrafficConfig, known: KnownVersions): string[] {
  if (split === undefined) {
    const idle = [...(sticky === undefined ? [] : ['sticky']), ...(salt === undefined ? [] : ['salt'])];
    return idle.map((name) => `/traffic/${name} does nothing without a split`);
  }
  const weights = Object.entries(split);
  const sum = weights.reduce((total, [, weight]) => total + weight, 0);
  if (sum === 0) return ['/traffic/split has no weight above 0'];
  const faults: string[] = [];
  const names = new Map<string, string>();
  for (const [name, weight] of weights) {
    const number = numberOf(name, known)!;
    const other = names.get(number);
    if (other !== undefined) {
      faults.push(`/traffic/split names version ${number} twice, as ${other} and as ${name}`);
    }
    names.set(number, name);
    if (weight > 0 && weight / sum < SMALLEST_SHARE) {
      faults.push(`/traffic/split/${name} is ${weight} of ${sum}: the smallest share is 1/10,000`);
    }
  }
  return faults;
}

/** The numbers of the versions that answer requests without a version. */
function liveOf({ split }: TrafficConfig, known: KnownVersions): string[] {
  if (split === undefined) return [known.defaultVersion];
  return Object.entries(split)
    .filter(([, weight]) => weight > 0)
    .map(([name]) => numberOf(name, known)!);
}

function shadowFaults(traffic: TrafficConfig, known: KnownVersions): string[] {
  const live = liveOf(traffic, known);
  const numbers = shadowsOf(traffic).map(({ version }) => numberOf(version, known)!);
  const faults = numbers
    .filter((number) => live.length === 1 && live[0] === number)
    .map((number) => `/traffic/shadow is version ${number}, which answers all requests: nothing to compare`);
  const twice = numbers.find((number, index) => numbers.indexOf(number) !== index);
  if (twice !== undefined) faults.push(`/traffic/shadow names version ${twice} twice`);
  return faults;
}

function guardFaults(traffic: TrafficConfig, known: KnownVersions): string[] {
  const { guard, split } = traffic;
  if (guard === undefined) return [];
  if (Object.keys(split ?? {}).length < 2) {
    return ['/traffic/guard needs a split of two versions or more: it compares them, and goes back to one'];
  }
  return [...advanceFaults(traffic), ...disagreementFaults(traffic, known)];
}

function advanceFaults({ guard, split }: TrafficConfig): string[] {
  const { stepWeight, maxWeight } = guard ?? {};
  if (stepWeight === undefined) {
    return maxWeight === undefined ? [] : ['/traffic/guard/maxWeight does nothing without stepWeight'];
  }
  return Object.keys(split ?? {}).length === 2
    ? []
    : ['/traffic/guard/stepWeight is for a split of two versions: one of them grows'];
}

function disagreementFaults(traffic: TrafficConfig, known: KnownVersions): string[] {
  const { guard, split } = traffic;
  if (guard?.maxDisagreement === undefined) return [];
  const numbers = new Set(Object.keys(split ?? {}).map((name) => numberOf(name, known)));
  const compared = shadowsOf(traffic).some(({ version }) => numbers.has(numberOf(version, known)));
  return compared
    ? []
    : ['/traffic/guard/maxDisagreement needs a shadow that is one of the versions of the split'];
}
