/** Events of predictions of a whole server: to a receiver that takes them, and to one that does not. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { plain } from './fixtures/images.ts';
import { freePort } from '../../tools/process/free-port.ts';
import { post, scrape, until } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer, stopNow } from '../support/start-server.ts';
import { brightness } from '../support/tiny-models.ts';
import type { Config } from '../../src/config/schema.ts';

const RED = plain([255, 0, 0]);

const start = (t: Test, options: Partial<Config>) =>
  startServer(t, { models: modelRepository(t, { brightness: brightness() }), options });
const predict = (port: number, id: string) => post(port, '/v1/predict', RED, { 'x-request-id': id });

t.test('each answer is an event, with the key of the receiver, and without a log', async (t) => {
  const got: { headers: IncomingHttpHeaders; body: string }[] = [];
  const receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      got.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(202).end();
    });
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  t.teardown(() => {
    receiver.closeAllConnections();
    receiver.close();
  });
  const { port: at } = receiver.address() as AddressInfo;
  const { port, log } = await start(t, {
    predictionEventsUrl: `http://127.0.0.1:${at}/events?token=secret`,
    predictionEventsHeaders: 'authorization=Bearer%20hidden',
  });
  for (const id of ['a', 'b']) t.equal((await predict(port, id)).status, 200);
  t.equal((await post(port, '/v1/predict', 'no image')).status, 400);
  await until(() => got.length === 2);
  t.strictSame(got.map(({ headers }) => String(headers['ce-id'])).sort(), ['a', 'b']);
  t.match(got[0]!.headers, {
    ...{ 'ce-specversion': '1.0', 'ce-type': 'org.kubeflow.serving.inference.response' },
    ...{ 'ce-inferenceservicename': 'brightness', authorization: /^Bearer( |%20)hidden$/ },
  });
  t.match(JSON.parse(got[0]!.body), { results: [{ predictions: [{ class_id: 0, label: 'red' }] }] });
  await until(async () => (await scrape(port))('ortolan_prediction_events_total', { result: 'sent' }) === 2);
  t.notMatch(JSON.stringify(log), /secret|hidden/);
});

t.test('a receiver that is not there delays no answer; what is lost at the stop is counted', async (t) => {
  const { port, log, server } = await start(t, {
    predictionEventsUrl: `http://127.0.0.1:${await freePort()}/`,
  });
  for (let i = 0; i < 20; i++) t.equal((await predict(port, `r-${i}`)).status, 200);
  await until(() => log.some(({ message }) => message === 'events of predictions cannot be sent'));
  t.equal((await scrape(port))('ortolan_prediction_events_total', { result: 'sent' }), 0);
  t.ok(await stopNow(server));
});
