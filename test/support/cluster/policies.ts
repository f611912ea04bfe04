/** Every policy, and the complaints of all of them. */
import { CLUSTER_POLICIES } from './cluster-policies.ts';
import type { Manifest } from './manifest.ts';
import { POD_POLICIES } from './pod-policies.ts';
import type { Policy } from './policy.ts';
import { SCALING_POLICIES } from './scaling-policies.ts';

export const POLICIES: readonly Policy[] = [...POD_POLICIES, ...CLUSTER_POLICIES, ...SCALING_POLICIES];

/** `name: breach`, for all policies. */
export const policyComplaints = (objects: readonly Manifest[]): string[] =>
  POLICIES.flatMap(({ name, breaches }) => breaches(objects).map((breach) => `${name}: ${breach}`));
