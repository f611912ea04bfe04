/** R2: a signal while 500 requests are in flight, and the same while clients reconnect at once all the while. */
import { Latencies } from '../../../tools/load/latencies.ts';
import { get, requestBytes, scrape, until, Wire, type WireRequest } from '../../support/http-client.ts';
import { affine } from '../../support/tiny-models.ts';
import type { Demand, Figure } from '../demand.ts';
import { pause, type Scene, type Started } from '../scene.ts';

const IN_FLIGHT = 500;
const IDLE = 50;
const RECONNECTING = 16;
const BODY = Buffer.from(new Float32Array(4).fill(1).buffer);
const PREDICT: WireRequest = { method: 'POST', path: '/v1/predict', body: BODY };
/** Above the p99, an end may take this long: a second of it is the quiet one. */
const END_MS = 2000;
const READINESS_MS = 100;

interface Stop {
  readonly answered: number;
  readonly closing: number;
  readonly unreadyAfterMs: number;
  readonly endMs: number;
  readonly p99: number;
  readonly exit: number;
}

export const signalInFlight: Demand = {
  id: 'R2',
  title: 'SIGTERM under load',
  demand:
    'SIGTERM with 500 in flight and 50 idle keep-alive connections: all 500 are answered 200 with Connection: close, exit code 0 within p99 + 2 s, readiness 503 within 100 ms; clients that reconnect at once all the while lose nothing',
  async run({ scene, pick, say }) {
    const rounds = pick(2, 10, 50);
    const stops: Stop[] = [];
    const lost: number[] = [];
    let sent = 0;
    for (let round = 1; round <= rounds; round++) {
      stops.push(await stopInFlight(scene));
      const reconnecting = await stopReconnecting(scene);
      lost.push(reconnecting.lost);
      sent += reconnecting.sent;
      say(`${round} of ${rounds}: ${JSON.stringify({ ...stops.at(-1), ...reconnecting })}`);
      await scene.end();
    }
    const worst = (of: (stop: Stop) => number): number => Math.max(...stops.map(of));
    const figures: Figure[] = [
      { what: 'stops', value: rounds },
      {
        what: 'not answered 200, of 500 a stop',
        value: worst(({ answered }) => IN_FLIGHT - answered),
        atMost: 0,
      },
      {
        what: 'answers without Connection: close',
        value: worst(({ closing }) => IN_FLIGHT - closing),
        atMost: 0,
      },
      {
        what: 'readiness is 503 after',
        value: worst((stop) => stop.unreadyAfterMs),
        unit: 'ms',
        atMost: READINESS_MS,
      },
      {
        what: 'end after the signal, beyond the p99',
        value: worst((stop) => stop.endMs - stop.p99),
        unit: 'ms',
        atMost: END_MS,
      },
      { what: 'exit codes other than 0', value: stops.filter(({ exit }) => exit !== 0).length, atMost: 0 },
      { what: 'requests of clients that reconnect', value: sent },
      { what: 'of them without an answer', value: lost.reduce((sum, count) => sum + count, 0), atMost: 0 },
    ];
    return figures;
  },
};

/** All but the last byte of each request is sent before the signal, the rest when the server has begun to drain. */
async function stopInFlight(scene: Scene): Promise<Stop> {
  const server = await scene.start({
    models: scene.models({ affine: affine() }),
    options: { maxQueueRows: 4096 },
  });
  const { port, child, line, ended } = server;
  const idle = await Promise.all(Array.from({ length: IDLE }, () => Wire.open(port)));
  for (const wire of idle) {
    await wire.send({ path: '/health/live' });
    await wire.response();
  }
  const wires = await Promise.all(Array.from({ length: IN_FLIGHT }, () => Wire.open(port)));
  const bytes = requestBytes(PREDICT);
  await Promise.all(wires.map((wire) => wire.write(bytes.subarray(0, -1))));
  // The heads have been read; the scrape is one more.
  await until(async () => {
    const samples = await scrape(port);
    return (
      samples('ortolan_requests_accepted_total') - samples('ortolan_requests_finished_total') > IN_FLIGHT
    );
  });
  const signalled = performance.now();
  child.kill('SIGTERM');
  const unready = (async () => {
    await until(async () => (await get(port, '/health/ready')).status === 503);
    return performance.now() - signalled;
  })();
  await line('draining');
  const latencies = new Latencies();
  const responses = await Promise.all(
    wires.map(async (wire) => {
      const from = performance.now();
      await wire.write(bytes.subarray(-1));
      const response = await wire.response();
      latencies.record(performance.now() - from);
      return response;
    }),
  );
  const unreadyAfterMs = await unready;
  const { code } = await ended;
  const endMs = performance.now() - signalled;
  await Promise.all(idle.map(({ closed }) => closed));
  const good = responses.filter((response) => response?.status === 200);
  return {
    answered: good.length,
    closing: good.filter((response) => response?.headers.get('connection') === 'close').length,
    unreadyAfterMs,
    endMs,
    p99: latencies.quantile(0.99),
    exit: code ?? -1,
  };
}

/** Each client opens a connection for each request, one after the other, until it is refused. */
async function stopReconnecting(scene: Scene): Promise<{ readonly sent: number; readonly lost: number }> {
  const server = await scene.start({
    models: scene.models({ affine: affine() }),
    // Until then requests never stop coming; it drains for half of it.
    options: { drainDeadlineMs: 600 },
  });
  let sent = 0;
  let lost = 0;
  const client = async (): Promise<void> => {
    for (;;) {
      const wire = await Wire.open(server.port).catch(() => undefined);
      if (wire === undefined) return;
      sent++;
      await wire.send(PREDICT);
      if ((await wire.response()) === undefined) lost++;
      wire.leave();
    }
  };
  const clients = Array.from({ length: RECONNECTING }, client);
  await pause(300);
  server.child.kill('SIGTERM');
  await everyoneEnds(server, clients);
  return { sent, lost };
}

async function everyoneEnds({ ended }: Started, clients: readonly Promise<void>[]): Promise<void> {
  await ended;
  await Promise.all(clients);
}
