/**
 * What another HTTP server would cost, in processor time of the serving process for each POST of a photograph's size that gets
 * a short answer: uWebSockets.js as it is, node:http in its place, and node:http before it in the same process, as a front that
 * would speak what the addon does not. Prints one line each. See docs/decisions/0007.
 *
 *   node bench/ceilings/fronts.ts [bytes of the body] [requests]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, createServer, request as send, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadUws } from '../../src/http/addon/uws.ts';

const CONNECTIONS = 16;
const ANSWER = '{"predictions":[{"class_id":282,"label":"tiger cat","probability":0.9}]}';

if (process.send === undefined)
  await measure(Number(process.argv[2] ?? 60_000), Number(process.argv[3] ?? 4000));
else await load(Number(process.argv[2]), Number(process.argv[3]), Number(process.argv[4]));

async function measure(bytes: number, requests: number): Promise<void> {
  const addon = uws();
  const alone = nodeHttp();
  const front = frontOf(addon.path);
  const kinds = {
    'uWebSockets.js': addon.port,
    'node:http': await portOf(alone),
    'node:http before it': await portOf(front),
  };
  for (const round of ['warm-up', 'measured']) {
    for (const [name, port] of Object.entries(kinds)) {
      const before = process.cpuUsage();
      const client = fork(import.meta.filename, [port, bytes, requests].map(String));
      await once(client, 'exit');
      const { user, system } = process.cpuUsage(before);
      if (round === 'warm-up') continue;
      console.log(
        `${name}: ${((user + system) / requests).toFixed(0)} us of processor time a request of ${bytes} bytes`,
      );
    }
  }
  process.exit();
}

/** Each connection sends its next request when it has its answer. */
async function load(port: number, bytes: number, requests: number): Promise<void> {
  const one = Buffer.concat([
    Buffer.from(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${bytes}\r\n\r\n`),
    Buffer.alloc(bytes, 7),
  ]);
  let left = requests;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const socket = connect(port, '127.0.0.1');
      let text = '';
      socket.on('data', (data) => {
        text += data.toString('latin1');
        if (!text.endsWith(ANSWER)) return;
        text = '';
        if (left-- > 0) socket.write(one);
        else socket.end();
      });
      left--;
      socket.write(one);
      await once(socket, 'close');
    }),
  );
}

/** Copies the body into one buffer, as the server does. */
function uws(): { readonly port: number; readonly path: string } {
  const { App, us_socket_local_port } = loadUws(join(tmpdir(), 'ortolan-bench'));
  const path = join(tmpdir(), `ortolan-fronts-${process.pid}.sock`);
  const body = Buffer.allocUnsafeSlow(1 << 20);
  let port = 0;
  const app = App().post('/*', (response) => {
    let length = 0;
    response.onAborted(() => undefined);
    response.onData((chunk, isLast) => {
      body.set(new Uint8Array(chunk), length);
      length += chunk.byteLength;
      if (isLast) response.cork(() => response.end(ANSWER));
    });
  });
  app.listen(0, (socket) => {
    port = us_socket_local_port(socket);
  });
  app.listen_unix(() => undefined, path);
  return { port, path };
}

function nodeHttp(): Server {
  const body = Buffer.allocUnsafeSlow(1 << 20);
  return createServer((request, response) => {
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      body.set(chunk, length);
      length += chunk.byteLength;
    });
    request.on('end', () => response.end(ANSWER));
  });
}

function frontOf(socketPath: string): Server {
  const agent = new Agent({ keepAlive: true });
  return createServer((request, response) => {
    const { method, url, headers } = request;
    const on = send({ socketPath, agent, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    request.pipe(on);
  });
}

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
