/**
 * A TCP proxy with faults, as Toxiproxy has them: what stands behind it is refused, silent, slow, cut off or garbled, and
 * becomes well again, while whoever connects to it keeps its address.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * none: passed on as it is. refused: nobody listens. blackHole: connections are taken and nothing ever comes. slow: each
 * piece of an answer comes `delayMs` later. cut: closed with a reset at the first byte. garbled: other bytes than were
 * answered.
 */
export type Fault = 'none' | 'refused' | 'blackHole' | 'slow' | 'cut' | 'garbled';

export const FAULTS: readonly Exclude<Fault, 'none'>[] = ['refused', 'blackHole', 'slow', 'cut', 'garbled'];

const USUAL_DELAY_MS = 3000;

export class FaultProxy {
  readonly port: number;
  readonly #target: number;
  readonly #delayMs: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #fault: Fault = 'none';
  /** Connections taken since the last fault was set. */
  connections = 0;

  private constructor(port: number, target: number, delayMs: number, server: Server) {
    this.port = port;
    this.#target = target;
    this.#delayMs = delayMs;
    this.#serve(server);
  }

  /** Before a port of the loopback, on a port of its own. */
  static async start(target: number, delayMs: number = USUAL_DELAY_MS): Promise<FaultProxy> {
    const server = await listening(0);
    return new FaultProxy((server.address() as AddressInfo).port, target, delayMs, server);
  }

  /** From now on; connections that are open are closed. */
  async set(fault: Fault): Promise<void> {
    this.#fault = fault;
    this.connections = 0;
    this.#closeAll();
    if (fault === 'refused') await this.#stopListening();
    else if (this.#server === undefined) this.#serve(await listening(this.port));
  }

  async stop(): Promise<void> {
    this.#closeAll();
    await this.#stopListening();
  }

  #serve(server: Server): void {
    this.#server = server;
    server.on('connection', (client) => this.#take(client));
  }

  #take(client: Socket): void {
    this.connections++;
    this.#keep(client);
    switch (this.#fault) {
      case 'blackHole':
        return void client.resume();
      case 'cut':
        return void client.once('data', () => client.resetAndDestroy());
      case 'garbled':
        return void client.on('data', () => client.write(garbage()));
      case 'none':
      case 'refused':
      case 'slow': {
        const server = connect({ port: this.#target, host: '127.0.0.1' });
        this.#keep(server);
        client.pipe(server);
        const delayMs = this.#fault === 'slow' ? this.#delayMs : 0;
        if (delayMs === 0) server.pipe(client);
        else
          server.on(
            'data',
            (piece) => void setTimeout(() => client.destroyed || client.write(piece), delayMs),
          );
        // After the pieces that are still to come.
        server.on('close', () => void setTimeout(() => client.end(), delayMs));
        client.on('close', () => server.destroy());
      }
    }
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
  }

  #closeAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #stopListening(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.close();
    await once(server, 'close');
  }
}

/** Neither HTTP nor anything else, and of a length that nobody expects. */
const garbage = (): Buffer =>
  Buffer.from(Array.from({ length: 100 }, (_, index) => (index * 151 + 13) % 256));

async function listening(port: number): Promise<Server> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
