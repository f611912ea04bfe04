import t from 'tap';
import { onlyNamed } from '../../../src/repository/look/at-start.ts';
import type { ModelEntry, Repository } from '../../../src/repository/repository.ts';

const REPOSITORY: Repository = {
  root: '/models',
  models: ['a', 'b'].map((name) => ({ name }) as ModelEntry),
  unavailable: [{ name: 'bad', folder: '/models/bad', reason: 'It is empty.' }],
  warnings: [
    { folder: '/models/b', reason: 'v1 is not a version' },
    { folder: '/models', reason: 'a file' },
  ],
};

t.test('all models are loaded at the start when none is named', async (t) => {
  t.equal(onlyNamed(REPOSITORY, []), REPOSITORY);
});

t.test('only what is named is loaded at the start', async (t) => {
  const { models, unavailable, warnings } = onlyNamed(REPOSITORY, ['a', 'bad']);
  t.strictSame(models, [{ name: 'a' }]);
  t.match(unavailable, [{ name: 'bad' }]);
  t.match(warnings, [{ folder: '/models' }]);
  t.equal(warnings.length, 1);
});

t.test('a model that is named and not there is an error', async (t) => {
  t.throws(() => onlyNamed(REPOSITORY, ['a', 'nope']), {
    message: 'The option loadAtStart names nope, which is not in /models; there is a, b, bad.',
  });
});
