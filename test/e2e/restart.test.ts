/** Servers that start and stop under load in one process: no crash, and no accepted request is lost. */
import t from 'tap';
import { jsonOf, post, until } from '../support/http-client.ts';
import { startServer, stopNow } from '../support/start-server.ts';
import { photograph } from './fixtures/photographs.ts';

const CAT = photograph('cat.jpg');
const TIMES = 5;
const CLIENTS = 4;

t.test('a server with real sessions is started and stopped under load five times', async (t) => {
  for (let time = 1; time <= TIMES; time++) {
    const { port, server, log } = await startServer(t, { options: { workers: 2 } });
    let answered = 0;
    let stopping = false;
    const client = async (): Promise<void> => {
      for (;;) {
        const response = await post(port, '/v1/predict?top_k=1', CAT).catch(() => undefined);
        if (response === undefined || response.status === 503) {
          if (!stopping) t.fail('a request was lost while the server was up');
          return;
        }
        t.match(jsonOf(response), { predictions: [{ label: 'tiger cat' }] });
        answered++;
      }
    };
    const clients = Array.from({ length: CLIENTS }, client);
    await until(() => answered >= 2 * CLIENTS);
    stopping = true;
    t.equal(await stopNow(server), true, 'it stopped with nothing left');
    await Promise.all(clients);
    t.equal(log.filter((line) => line['status'] === 200).length, answered, 'every answer arrived');
    t.equal(log.filter((line) => line['level'] === 'ERROR').length, 0);
  }
});
