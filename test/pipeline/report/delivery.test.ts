/** A webhook is told of every event, in order, whatever happens to it and to the pipeline. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { eventOf, type PipelineEvent } from '../../../src/pipeline/journal/event.ts';
import { Delivery } from '../../../src/pipeline/report/delivery.ts';

const eventAt = (at: number): PipelineEvent =>
  eventOf({ kind: 'step.started', data: { step: 'train' }, model: 'net', run: 'r', at, now: at * 1000 });

interface Receiver {
  readonly url: URL;
  readonly got: string[];
  readonly headers: Record<string, unknown>[];
  status: number;
}

async function receiver(t: Test): Promise<Receiver> {
  const got: string[] = [];
  const headers: Record<string, unknown>[] = [];
  const self = { got, headers, status: 200 };
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      if (self.status < 300) got.push(String(request.headers['ce-id']));
      headers.push(request.headers);
      response.writeHead(self.status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return Object.assign(self, {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?key=s`),
  });
}

function deliveryTo(
  t: Test,
  url: URL,
  events: PipelineEvent[],
  said: string[] = [],
  tokenFile?: string,
): Delivery {
  const folder = t.testdirName;
  return new Delivery({
    url,
    tokenFile,
    folder,
    events: () => events,
    say: (sentence) => void said.push(sentence),
  });
}

t.test('each event is a CloudEvent in binary mode', async (t) => {
  const folder = t.testdir();
  const to = await receiver(t);
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, 'secret\n');
  chmodSync(tokenFile, 0o600);
  await deliveryTo(t, to.url, [eventAt(1), eventAt(2)], [], tokenFile).tell();
  t.strictSame(to.got, ['r.1', 'r.2']);
  t.match(to.headers[0], {
    'content-type': 'application/json',
    'ce-specversion': '1.0',
    'ce-type': 'org.ortolan.pipeline.step.started',
    'ce-subject': 'r',
    authorization: 'Bearer secret',
  });
});

t.test('what was not taken is told later, and nothing twice that was', async (t) => {
  t.testdir();
  const to = await receiver(t);
  const events = [eventAt(1)];
  const said: string[] = [];
  const delivery = deliveryTo(t, to.url, events, said);
  await delivery.tell();
  to.status = 503;
  events.push(eventAt(2));
  await delivery.tell();
  events.push(eventAt(3));
  await delivery.tell();
  t.strictSame(to.got, ['r.1']);
  t.equal(said.length, 1, 'the fault is told once');
  t.match(said[0], /answered 503/);
  t.notMatch(said[0], /key=s/, 'an address may hold a secret');
  to.status = 202;
  await deliveryTo(t, to.url, events).tell();
  t.strictSame(to.got, ['r.1', 'r.2', 'r.3'], 'by the next process');
});

t.test('a receiver that is away holds up nobody', async (t) => {
  t.testdir();
  const delivery = deliveryTo(t, new URL('http://127.0.0.1:1/'), [eventAt(1)]);
  await delivery.tell();
  t.equal(delivery.waiting.length, 1);
});

t.test('a journal that was cut goes on behind what was told', async (t) => {
  t.testdir();
  const to = await receiver(t);
  await deliveryTo(t, to.url, [eventAt(1), eventAt(2)]).tell();
  await deliveryTo(t, to.url, [eventAt(4), eventAt(5)]).tell();
  t.strictSame(to.got, ['r.1', 'r.2', 'r.4', 'r.5']);
});
