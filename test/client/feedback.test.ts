/** Feedback by the client: to the real server, and what it sends. */
import { join } from 'node:path';
import t from 'tap';
import { Ortolan, type ImageAnswer, type PredictInput } from '../../client/src/ortolan.ts';
import { plain } from '../e2e/fixtures/images.ts';
import { testFolder } from '../support/api-keys.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer } from '../support/start-server.ts';
import { brightness } from '../support/tiny-models.ts';
import { answer, answering } from './fixtures/answering.ts';

t.test('says what was right of an answer, once or more', async (t) => {
  const models = modelRepository(t, { brightness: brightness() });
  const { port } = await startServer(t, {
    models,
    options: { predictionLogDir: join(testFolder(t), 'log') },
  });
  const client = new Ortolan(`http://127.0.0.1:${port}`);
  const { request_id: id } = await client.predict<PredictInput, ImageAnswer>(plain([255, 0, 0]));
  t.match(await client.feedback(id, { label: 'green' }), { status: 'accepted', correct: false });
  t.match(await client.feedback(id, { classId: 1 }), { status: 'known' });
  t.match(await client.feedback(id, { score: 0.5 }, { index: 0 }), { status: 'accepted' });
  await t.rejects(client.feedback(id, { correct: true }), { code: 'FEEDBACK_CONFLICT', status: 409 });
  await t.rejects(client.feedback('never', { correct: true }), { code: 'PREDICTION_NOT_FOUND' });
});

t.test('is sent again when the connection breaks or the disk of the server is full', async (t) => {
  const full = answer(503, { error: 'The disk is full.', code: 'FEEDBACK_UNAVAILABLE', retryable: true });
  const { url, asked } = await answering(t, [full, answer(202, { status: 'accepted' })]);
  const client = new Ortolan(`${url}/behind/`);
  await client.feedback('r-1', { classId: 3 }, { index: 2 });
  t.equal(asked.length, 2);
  t.equal(asked[1]!.path, '/behind/v1/feedback');
  t.strictSame(JSON.parse(asked[1]!.body.toString()), { request_id: 'r-1', index: 2, class_id: 3 });
});
