import t from 'tap';
import type { ModelConfig } from '../../src/repository/model-json/schema.ts';
import type { Source } from '../../src/serving/model-version.ts';
import { placeOf } from '../../src/serving/settings.ts';

const placeFor = (config: ModelConfig) => placeOf({ entry: { config } } as Source);

t.test('a model has the share and the cores that model.json gives it', async (t) => {
  t.strictSame(placeFor({ priority: 'high', cores: 2 }), { weight: 4, cores: 2 });
  t.strictSame(placeFor({ priority: 'low' }), { weight: 1 / 4, cores: Infinity });
});

t.test('without a word it has the share of any other, and all cores', async (t) => {
  t.strictSame(placeFor({}), { weight: 1, cores: Infinity });
});
