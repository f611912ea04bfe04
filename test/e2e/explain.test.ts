/** Answers that are explained by occlusion, by the server and its bundled model. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { jsonOf, post, requestBytes, scrape, until, Wire } from '../support/http-client.ts';
import { PHOTOS, startServer } from '../support/start-server.ts';
import { form, FORM_TYPE } from './fixtures/forms.ts';

interface Explained {
  readonly predictions: readonly { readonly class_id: number; readonly probability: number }[];
  readonly timings_ms: { readonly total: number };
  readonly explanation?: {
    readonly method: string;
    readonly class_id: number;
    readonly label: string;
    readonly probability: number;
    readonly grid: number;
    readonly drops: readonly (readonly number[])[];
    readonly square: number;
    readonly ms: number;
  };
}

/** Of the cells from line to line and from column to column, with both. */
function meanOf(
  drops: readonly (readonly number[])[],
  [top, bottom]: readonly [number, number],
  [left, right]: readonly [number, number],
): number {
  const cells = drops.slice(top, bottom + 1).flatMap((line) => line.slice(left, right + 1));
  return cells.reduce((sum, drop) => sum + drop, 0) / cells.length;
}

function strongestOf(drops: readonly (readonly number[])[]): { line: number; column: number } {
  const cells = drops.flat();
  const at = cells.indexOf(Math.max(...cells));
  return { line: Math.floor(at / drops.length), column: at % drops.length };
}

const CAT = readFileSync(join(PHOTOS, 'cat.jpg'));
const EXPLAIN = '/v1/predict?explain=occlusion';

// Copies are run one after the other, as long as the machine takes for them.
t.setTimeout(0);

t.test('a server that explains', async (t) => {
  const { port, log } = await startServer(t, { options: { explainRows: 49, workers: 2 } });

  t.test('the map of the cat is highest on the cat', async (t) => {
    const {
      explanation,
      predictions,
      timings_ms: timings,
    } = jsonOf<Explained>(await post(port, EXPLAIN, CAT));
    const { grid, drops, ...rest } = explanation!;
    t.match(rest, {
      method: 'occlusion',
      class_id: predictions[0]!.class_id,
      label: 'tiger cat',
      square: 0.875,
    });
    t.equal(rest.probability, predictions[0]!.probability);
    t.equal(grid, 7);
    t.strictSame(
      drops.map((line) => line.length),
      Array(7).fill(7),
    );
    // The cat looks to the left of the picture; right of its face, in the last two columns, is a blurred room.
    const [cat, room] = [meanOf(drops, [1, 5], [0, 4]), meanOf(drops, [2, 3], [5, 6])];
    t.ok(cat > 4 * Math.max(room, 0.01), `${cat.toFixed(3)} on the cat, ${room.toFixed(3)} in the room`);
    t.ok(strongestOf(drops).column < 5, 'the strongest cell is on the cat');
    t.ok(rest.ms > timings.total, 'which is not a part of the timings of the prediction');
  });

  t.test('the map of a cup of coffee is highest in the middle, where it stands', async (t) => {
    const photo = readFileSync(join(PHOTOS, 'coffee.jpg'));
    const { explanation } = jsonOf<Explained>(await post(port, EXPLAIN, photo));
    const { line, column } = strongestOf(explanation!.drops);
    t.ok(line >= 1 && line <= 4 && column >= 2 && column <= 4, `line ${line}, column ${column}`);
    t.ok(explanation!.drops[line]![column]! > 0.2);
  });

  t.test('the answer beside it is the one without', async (t) => {
    const [bare, explained] = [await post(port, '/v1/predict', CAT), await post(port, EXPLAIN, CAT)];
    const of = (answer: typeof bare) => jsonOf<Explained>(answer).predictions;
    t.strictSame(of(explained), of(bare));
    t.notOk('explanation' in jsonOf<Explained>(bare));
  });

  t.test('what cannot be explained is refused', async (t) => {
    for (const [query, pattern] of [
      ['explain=gradients', /explain is occlusion/],
      ['explain=', /explain is occlusion/],
      ['explain=occlusion&explain=occlusion', /only once/],
    ] as const) {
      const answer = await post(port, `/v1/predict?${query}`, CAT);
      t.match(jsonOf(answer), { code: 'BAD_QUERY', pointer: '/explain', error: pattern }, query);
    }
    const two = [CAT, CAT].map((data) => ({ name: 'images', filename: 'a', data }));
    for (const several of [two, two.slice(1)]) {
      const answer = await post(port, EXPLAIN, form(several), { 'content-type': FORM_TYPE });
      t.match(jsonOf(answer), { code: 'BAD_QUERY', error: /One image/ });
    }
    t.match(jsonOf(await post(port, EXPLAIN, 'no image')), { code: 'NOT_AN_IMAGE' });
    t.match(jsonOf(await post(port, `${EXPLAIN}&timeout=50`, CAT)), { code: /OVERLOADED|DEADLINE_EXCEEDED/ });
  });

  t.test('a client that leaves stops it', async (t) => {
    const before = (await scrape(port))('ortolan_explanation_rows_total');
    const wire = await Wire.open(port);
    await wire.write(requestBytes({ method: 'POST', path: EXPLAIN, body: CAT }));
    const batches = (await scrape(port))('ortolan_batch_rows_count');
    await until(async () => (await scrape(port))('ortolan_batch_rows_count') > batches + 1);
    wire.leave();
    await until(() => log.some(({ message }) => message === 'client gone'));
    await until(async () => (await scrape(port))('ortolan_explanations_total', { outcome: 'left' }) === 1);
    const left = await scrape(port);
    t.ok(left('ortolan_explanation_rows_total') - before < 49);
    t.equal(left('ortolan_queue_rows'), 0);
  });

  t.test('its cost shows in the metrics and the log, and not in the duration of predictions', async (t) => {
    const found = await scrape(port);
    const done = found('ortolan_explanations_total', { outcome: 'done' });
    t.ok(done >= 2);
    t.ok(found('ortolan_explanation_rows_total') >= 49 * done);
    const longest = Math.max(...log.map(({ explanation_time_ms: ms }) => Number(ms ?? 0)));
    t.ok(longest > 0);
    t.ok(1000 * found('prediction_duration_seconds_sum') < longest * done, 'the explanations took longer');
  });
});

t.test('a server that is not set to explain says how it would be', async (t) => {
  const { port } = await startServer(t);
  const answer = await post(port, EXPLAIN, CAT);
  t.equal(answer.status, 400);
  t.match(jsonOf(answer), { code: 'BAD_QUERY', pointer: '/explain', error: /ORTOLAN_EXPLAIN_ROWS/ });
});
