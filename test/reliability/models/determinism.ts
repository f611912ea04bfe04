/**
 * R14: the same input alone, and at any place of a batch of others: the same answer? Photographs, whose model gains nothing
 * by batches on few cores, and rows of a model that does.
 */
import { seededRandom } from '../../../tools/random/seeded.ts';
import { standard } from '../../../tools/photographs/sets.ts';
import { jsonOf, post } from '../../support/http-client.ts';
import { MODELS } from '../../support/start-server.ts';
import { matmul } from '../../support/tiny-models.ts';
import type { Demand, Figure, Setting } from '../demand.ts';

const MOST = 1e-4;
const LEAST_AT_ONCE = 8;
const MOST_AT_ONCE = 32;

interface Answer {
  readonly predictions: readonly { readonly index: number; readonly probability: number }[];
  readonly batch: { readonly size: number };
}

export const determinism: Demand = {
  id: 'R14',
  title: 'Determinism',
  demand:
    'The same photograph or row alone and at any place of a batch of any size, on any worker: values within 1e-4, the same five classes in the same order',
  run: async (setting) => [...(await photographs(setting)), ...(await rows(setting))],
};

async function photographs({ scene, pick, say }: Setting): Promise<readonly Figure[]> {
    const { port } = await scene.start({ models: MODELS, options: { workers: 2 } });
    const pictures = (await standard()).map(({ bytes }) => bytes);
    const ask = async (photograph: Buffer): Promise<Answer> => {
      const path = '/v1/models/efficientnet-lite0/versions/1/predict';
      const response = await post(port, path, photograph, { 'content-type': 'image/jpeg' });
      if (response.status !== 200) throw new Error(`${response.status} ${response.body.toString()}`);
      return jsonOf<Answer>(response);
    };
    const alone: Answer[] = [];
    for (const photograph of pictures) alone.push(await ask(photograph));
    let largest = 0;
    let reordered = 0;
    const sizes = new Map<number, number>();
    for (let round = 0; round < pick(4, 30, 300); round++) {
      // Each photograph at each place by and by.
      const count = LEAST_AT_ONCE + ((round * 5) % (MOST_AT_ONCE - LEAST_AT_ONCE + 1));
      const answers = await Promise.all(
        Array.from({ length: count }, async (_, place) => {
          const which = (place + round) % pictures.length;
          return { which, answer: await ask(pictures[which]!) };
        }),
      );
      for (const { which, answer } of answers) {
        sizes.set(answer.batch.size, (sizes.get(answer.batch.size) ?? 0) + 1);
        const expected = alone[which]!.predictions;
        if (answer.predictions.some(({ index }, rank) => index !== expected[rank]?.index)) reordered++;
        for (const [rank, { probability }] of answer.predictions.entries()) {
          largest = Math.max(largest, Math.abs(probability - expected[rank]!.probability));
        }
      }
    }
    say(`answers by size of their batch: ${JSON.stringify(Object.fromEntries(sizes))}`);
    return [
      { what: 'photographs: answers compared', value: [...sizes.values()].reduce((sum, count) => sum + count, 0) },
      { what: 'photographs: largest difference of a probability', value: largest, atMost: MOST },
      { what: 'photographs: answers with other classes or another order', value: reordered, atMost: 0 },
    ];
}

const WIDTH = 1024;

async function rows({ scene, pick, say }: Setting): Promise<readonly Figure[]> {
  const { port } = await scene.start({ models: scene.models({ matmul: matmul(32) }), options: { workers: 2 } });
  const random = seededRandom(14);
  const inputs = Array.from({ length: MOST_AT_ONCE }, () =>
    Buffer.from(Float32Array.from({ length: WIDTH }, () => random()).buffer),
  );
  const ask = async (input: Buffer): Promise<{ readonly y: readonly number[]; readonly size: number }> => {
    const answer = jsonOf<{ outputs: { y: number[][] }; batch: { size: number } }>(await post(port, '/v1/predict', input));
    return { y: answer.outputs.y[0]!, size: answer.batch.size };
  };
  const alone: (readonly number[])[] = [];
  for (const input of inputs) alone.push((await ask(input)).y);
  let largest = 0;
  let joined = 0;
  const rounds = pick(4, 50, 500);
  for (let round = 0; round < rounds; round++) {
    const turned = inputs.map((_, place) => (place + round) % inputs.length);
    const answers = await Promise.all(turned.map((which) => ask(inputs[which]!)));
    for (const [place, { y, size }] of answers.entries()) {
      if (size > 1) joined++;
      const expected = alone[turned[place]!]!;
      for (const [index, value] of y.entries()) largest = Math.max(largest, Math.abs(value - expected[index]!));
    }
  }
  say(`${joined} rows of ${rounds * inputs.length} in batches of several`);
  return [
    { what: 'rows: answers compared', value: rounds * inputs.length },
    { what: 'rows: of them from batches of several', value: joined, atLeast: 1 },
    { what: 'rows: largest difference of a value', value: largest, atMost: MOST },
  ];
}
