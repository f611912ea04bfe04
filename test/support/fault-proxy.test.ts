/** The faults that it makes are the faults that it names. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { FaultProxy } from './fault-proxy.ts';
import { get, Wire } from './http-client.ts';

const server = createServer((_, response) => void response.end('well'));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
t.teardown(() => server.close());
const proxy = await FaultProxy.start((server.address() as AddressInfo).port, 300);
t.teardown(() => proxy.stop());
const { port } = proxy;

const well = async (): Promise<string> => (await get(port, '/', { connection: 'close' })).body.toString();

t.test('it passes on, and again after each fault', async (t) => {
  t.equal(await well(), 'well');
  for (const fault of ['refused', 'cut', 'garbled', 'blackHole', 'slow'] as const) {
    await proxy.set(fault);
    await proxy.set('none');
    t.equal(await well(), 'well', fault);
  }
});

t.test('refused, cut off and garbled', async (t) => {
  await proxy.set('refused');
  await t.rejects(Wire.open(port), { code: 'ECONNREFUSED' });
  await proxy.set('cut');
  await t.rejects(well());
  await proxy.set('garbled');
  const wire = await Wire.open(port);
  await wire.send({});
  while (wire.unread === '') await new Promise((resolve) => setTimeout(resolve, 5));
  t.notMatch(wire.unread, /HTTP/);
  wire.leave();
});

t.test('slow is late, and a black hole says nothing', async (t) => {
  await proxy.set('slow');
  const from = performance.now();
  t.equal(await well(), 'well');
  t.ok(performance.now() - from >= 300);
  await proxy.set('blackHole');
  const wire = await Wire.open(port);
  await wire.send({});
  await new Promise((resolve) => setTimeout(resolve, 100));
  t.equal(wire.unread, '');
  wire.leave();
});
