import t from 'tap';
import { describeModel, listModels, type ModelsFacts } from '../../../src/http/handlers/models.ts';
import { exchangeOf } from '../fixtures/exchange.ts';
import { classifier, rows, version } from '../fixtures/stages.ts';

const waiting = version('late', undefined);
const facts: ModelsFacts = {
  models: [classifier(), rows(), waiting],
  defaultVersionOf: () => '1',
  defaultModel: 'rows',
};

t.test('all models are listed, and which of them is the default', async (t) => {
  const { exchange, response } = exchangeOf([], {}, 'GET');
  listModels(exchange, facts);
  t.match(JSON.parse(response.body!), {
    default: 'rows',
    models: [{ name: 'classifier' }, { name: 'rows' }, { name: 'late' }],
  });
});

t.test('a model says what it takes and gives, with the batch dimension left open', async (t) => {
  const { exchange, response } = exchangeOf([], {}, 'GET', { parameters: ['rows'] });
  describeModel(exchange, facts);
  t.strictSame(JSON.parse(response.body!), {
    name: 'rows',
    default_version: '1',
    versions: [
      {
        version: '1',
        labels: [],
        state: 'ready',
        takes: 'rows',
        provider: 'cpu',
        max_batch_size: 2,
        inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 4] }],
        outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 4] }],
      },
    ],
  });
});

t.test('a model that is not loaded yet says so', async (t) => {
  const { exchange, response } = exchangeOf([], {}, 'GET', { parameters: ['late'] });
  describeModel(exchange, facts);
  t.match(JSON.parse(response.body!), { versions: [{ state: 'waiting' }] });
});

t.test('a model that is not there is not described', async (t) => {
  const { exchange } = exchangeOf([], {}, 'GET', { parameters: ['nope'] });
  t.throws(() => describeModel(exchange, facts), { code: 'MODEL_NOT_FOUND', status: 404 });
});
