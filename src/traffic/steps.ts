/** The steps of a rollout, as settings: what each makes of those before. Pure. */
import { shadowsOf, type TrafficConfig } from '../repository/model-json/traffic.ts';
import { numberOf, type KnownVersions } from '../repository/traffic-faults.ts';
import type { ModelTraffic } from './model-traffic.ts';

export const STEPS = ['promote', 'hold', 'rollback'] as const;
export type Step = (typeof STEPS)[number];

export const isStep = (text: string): text is Step => STEPS.some((step) => step === text);

/**
 * All traffic to one version, by its number. The guard has nothing left to watch, nor a shadow of that version anything to
 * compare; the rest is kept.
 */
export function withOnly(
  { settings, shares }: Pick<ModelTraffic, 'settings' | 'shares'>,
  number: string,
  known: KnownVersions,
): TrafficConfig {
  const { sticky, salt } = settings;
  const shadow = shadowsOf(settings).filter(({ version }) => numberOf(version, known) !== number);
  const name = shares.find(({ version }) => version === number)?.name ?? number;
  return {
    split: { [name]: 1 },
    ...(sticky === undefined ? {} : { sticky }),
    ...(salt === undefined ? {} : { salt }),
    ...(shadow.length === 0 ? {} : { shadow }),
  };
}

/** The share of a canary after a check that has passed, in percent: larger, or 100 when it is to be promoted. */
export function nextWeight(percent: number, stepWeight: number, maxWeight: number): number {
  return percent >= maxWeight ? 100 : Math.min(percent + stepWeight, maxWeight);
}

/** The settings with that share, in percent, for one version of a split of two. Numbers of versions. */
export function withWeight(
  { settings, shares }: Pick<ModelTraffic, 'settings' | 'shares'>,
  number: string,
  percent: number,
): TrafficConfig {
  const weights = shares.map(({ version, name }) => [name, version === number ? percent : 100 - percent]);
  return { ...settings, split: Object.fromEntries(weights) as Record<string, number> };
}

/**
 * The numbers of the versions that may be meant by "promote" without a version: those beside the baseline that get
 * requests, else those that get copies.
 */
export function candidates({ canaries, shadows, baseline }: ModelTraffic, known: KnownVersions): string[] {
  if (canaries.length > 0) return [...canaries];
  return shadows
    .map(({ name }) => numberOf(name, known))
    .filter((number) => number !== undefined)
    .filter((number) => number !== baseline);
}
