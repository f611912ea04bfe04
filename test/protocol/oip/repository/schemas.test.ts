import t, { type Test } from 'tap';
import {
  loadModel,
  showIndex,
  unloadModel,
  type RepositoryControl,
} from '../../../../src/protocol/oip/repository/repository.ts';
import {
  LoadAnswer,
  RepositoryIndex,
  UnloadAnswer,
} from '../../../../src/protocol/oip/repository/schemas.ts';
import type { Exchange } from '../../../../src/http/exchange.ts';
import { exchangeOf } from '../../../http/fixtures/exchange.ts';
import { fits } from '../../conformance.ts';

const STATES = ['UNKNOWN', 'READY', 'UNAVAILABLE', 'LOADING', 'UNLOADING'] as const;

const control: RepositoryControl = {
  index: async () => [
    ...STATES.map((state) => ({ name: 'm', version: '1', state, reason: '' })),
    { name: 'n', state: 'UNAVAILABLE', reason: 'not loaded' },
  ],
  load: async () => undefined,
  unload: async () => undefined,
};

type Handler = (exchange: Exchange, control: RepositoryControl) => Promise<void>;

/** The answer to a call without a body, for the model m. */
async function answerTo(handle: Handler): Promise<string> {
  const { exchange, response } = exchangeOf([], {}, 'POST', { parameters: ['main', 'm'] });
  await handle(exchange, control);
  return response.body!;
}

for (const [what, handle, schema] of [
  ['the index', showIndex, RepositoryIndex],
  ['the answer to load', loadModel, LoadAnswer],
  ['the answer to unload', unloadModel, UnloadAnswer],
] as const) {
  t.test(`${what} conforms to its schema`, async (t: Test) => {
    fits(t, schema, await answerTo(handle));
  });
}

t.test('a body that arrives in pieces is one object', async (t) => {
  const { exchange, response } = exchangeOf([['transfer-encoding', 'chunked']]);
  const answered = showIndex(exchange, control);
  response.feed('{"rea');
  response.feed('dy":true}');
  response.feed('', true);
  await answered;
  t.strictSame(JSON.parse(response.body!), [{ name: 'm', version: '1', state: 'READY', reason: '' }]);
});

t.test('a body in pieces that is too long is refused before it ends', async (t) => {
  const { exchange, response } = exchangeOf([['transfer-encoding', 'chunked']]);
  const answered = showIndex(exchange, control);
  response.feed(' '.repeat(70_000));
  await t.rejects(answered, { code: 'BODY_TOO_LARGE' });
});
