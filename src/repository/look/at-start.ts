/** Which models of the repository are loaded at the start. Pure. */
import { basename } from 'node:path';
import { ModelError } from '../model-error.ts';
import type { Repository } from '../repository.ts';

/**
 * The repository with these models only; with all of them when none is named.
 * @throws ModelError when one is named that is not there
 */
export function onlyNamed(repository: Repository, names: readonly string[]): Repository {
  if (names.length === 0) return repository;
  const { root, models, unavailable, warnings } = repository;
  const isNamed = ({ name }: { readonly name: string }): boolean => names.includes(name);
  const there = [...models, ...unavailable].map(({ name }) => name);
  const missing = names.filter((name) => !there.includes(name));
  if (missing.length > 0) {
    throw new ModelError(
      `The option loadAtStart names ${missing.join(', ')}, which ${missing.length === 1 ? 'is' : 'are'} not in ${root}; there is ${there.join(', ')}.`,
    );
  }
  return {
    root,
    models: models.filter(isNamed),
    unavailable: unavailable.filter(isNamed),
    warnings: warnings.filter(({ folder }) => folder === root || names.includes(basename(folder))),
  };
}
