/** Images that are sanitised before the model sees them, and images that change their classes when they are. */
import t from 'tap';
import type { Sanitise } from '../../src/thread/load.ts';
import { get, jsonOf, post, until } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer } from '../support/start-server.ts';
import { brightness } from '../support/tiny-models.ts';
import { form, FORM_TYPE } from './fixtures/forms.ts';
import { plain } from './fixtures/images.ts';

interface Answer {
  readonly predictions: readonly { readonly label: string; readonly probability: number }[];
}

const bare = brightness();
const withSanitise = (sanitise: Sanitise): typeof bare => ({
  ...bare,
  config: { ...bare.config, preprocess: { ...bare.config.preprocess!, sanitise } },
});
const models = modelRepository(t, {
  bare,
  rounded: withSanitise({ bits: 1 }),
  compressed: withSanitise({ jpegQuality: 50 }),
  detecting: withSanitise({ bits: 1, detectAbove: 0.1 }),
});
const { port, log } = await startServer(t, { models, options: { defaultModel: 'bare' } });
await until(async () => (await get(port, '/v1/models')).body.toString().split('"ready"').length === 5);

/** One bit rounds DIM to black, and leaves RED as it is. */
const DIM = plain([100, 20, 20]);
const RED = plain([255, 0, 0]);

const ask = (model: string, image: Uint8Array) => post(port, `/v1/models/${model}/predict`, image);
const of = async (model: string, image: Uint8Array): Promise<number> => {
  const { predictions } = jsonOf<Answer>(await ask(model, image));
  return predictions.find(({ label }) => label === 'red')!.probability;
};

t.test('the model sees the sanitised image', async (t) => {
  t.ok((await of('bare', DIM)) > 0.34);
  t.ok(Math.abs((await of('rounded', DIM)) - 1 / 3) < 1e-3, 'black has no colour');
  t.equal(await of('rounded', RED), await of('bare', RED));
  t.ok(Math.abs((await of('compressed', DIM)) - (await of('bare', DIM))) < 0.02, 'one colour survives');
});

t.test(
  'where it is only looked for, the bare image answers, and the answer names those that are suspect',
  async (t) => {
    const answer = await ask('detecting', DIM);
    t.equal(answer.status, 200);
    t.equal(answer.headers.get('x-suspect-images'), '0');
    t.equal(await of('detecting', DIM), await of('bare', DIM));
    t.equal((await ask('detecting', RED)).headers.get('x-suspect-images'), undefined);

    const three = [RED, DIM, Buffer.from('no image'), DIM].map((data) => ({
      name: 'images',
      filename: 'a',
      data,
    }));
    const several = await post(port, '/v1/models/detecting/predict', form(three), {
      'content-type': FORM_TYPE,
    });
    t.equal(several.status, 200);
    t.equal(several.headers.get('x-suspect-images'), '1, 3');
    t.match(
      log.filter((line) => 'suspect_images' in line).map((line) => line['suspect_images']),
      [1, 1, 2],
    );
  },
);
