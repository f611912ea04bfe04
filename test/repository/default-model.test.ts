import t from 'tap';
import { chooseDefaultModel } from '../../src/repository/default-model.ts';
import type { ModelEntry, Repository } from '../../src/repository/repository.ts';

const repository = (models: string[], broken: string[] = [], passedOver: string[] = []): Repository => ({
  root: '/models',
  models: models.map((name): ModelEntry => ({
    name,
    folder: `/models/${name}`,
    config: {},
    labels: undefined,
    versions: [],
    withheld: [],
    defaultVersion: '1',
  })),
  warnings: passedOver.map((name) => ({ folder: `/models/${name}`, reason: 'v1 is no version' })),
  unavailable: broken.map((name) => ({ name, folder: `/models/${name}`, reason: 'it is broken' })),
});

const choices: [string, string[], string | undefined, string][] = [
  ['the one that is named', ['a', 'b'], 'b', 'b'],
  ['the only one', ['a'], undefined, 'a'],
  ['the one in the box among several', ['a', 'efficientnet-lite0'], undefined, 'efficientnet-lite0'],
];
for (const [what, models, wanted, chosen] of choices) {
  t.test(`chooses ${what}`, (t) => {
    t.equal(chooseDefaultModel(repository(models), wanted).name, chosen);
    t.end();
  });
}

const refusals: [string, Repository, string | undefined, RegExp][] = [
  ['an empty folder', repository([]), undefined, /There is no model in \/models/],
  [
    'several models without a choice',
    repository(['a', 'b']),
    undefined,
    /\(a, b\): choose one by --default-model/,
  ],
  ['a model that is not there', repository(['a']), 'b', /b is not in \/models; there is a\./],
  ['a model that is broken', repository(['a'], ['b']), 'b', /b cannot be served: it is broken/],
  [
    'a broken model in the box beside a sound one',
    repository(['a'], ['efficientnet-lite0']),
    undefined,
    /efficientnet-lite0 cannot be served/,
  ],
  [
    'a folder whose only model was passed over',
    repository([], [], ['a']),
    undefined,
    /There is no model in \/models: .* In \/models\/a, v1 is no version\./,
  ],
  [
    'a choice whose folder has no version',
    repository(['a'], [], ['b']),
    'b',
    /The default model b cannot be served: in its folder, v1 is no version\./,
  ],
];
for (const [what, found, wanted, pattern] of refusals) {
  t.test(`refuses ${what}`, (t) => {
    t.throws(() => chooseDefaultModel(found, wanted), { name: 'ModelError', message: pattern });
    t.end();
  });
}
