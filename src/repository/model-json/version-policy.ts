/** Which of the versions on disk are served: versionPolicy of model.json. Pure. */
import type { VersionPolicy } from './schema.ts';

/** The versions that are served, of `found`, which are ascending. */
export function servedBy(policy: VersionPolicy, found: readonly string[]): readonly string[] {
  if (policy === 'all') return found;
  if ('latest' in policy) return found.slice(-policy.latest);
  return found.filter((version) => policy.specific.includes(Number(version)));
}

/** JSON pointer and sentence for each version that is chosen and is not there. */
export function policyFaults(policy: VersionPolicy, found: readonly string[]): string[] {
  if (policy === 'all' || 'latest' in policy) return [];
  return policy.specific.flatMap((version, index) =>
    found.includes(String(version))
      ? []
      : [`/versionPolicy/specific/${index} is ${version}, but there is ${found.join(', ')}`],
  );
}
