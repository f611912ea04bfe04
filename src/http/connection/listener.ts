/** Where connections come from: the one listening socket of the server. */
import { refuseArrivals } from '../addon/last-arrivals.ts';
import type { ListenSocket, TemplatedApp, Uws } from '../addon/uws.ts';

/** The port is taken, or the address is not this machine's. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

export interface Listener {
  /**
   * Listens and gives the port; 0 asks for any free one. Nobody else can listen there then.
   * @throws ListenError
   */
  listen(host: string, port: number): number;
  /** Takes no further connection; those that have begun are accepted before it resolves. */
  stopListening(): Promise<void>;
  /** Closes every connection, even one on which an answer is still being written. */
  close(): void;
}

/**
 * Gives a native application its routes. `retired`: whether its connections should end with their next answer.
 */
export type Bind = (app: TemplatedApp, retired: () => boolean) => void;

/** HTTP without TLS. */
export class PlainListener implements Listener {
  readonly #app: TemplatedApp;
  readonly #door: Door;

  constructor(uws: Uws, bind: Bind) {
    this.#app = uws.App();
    this.#door = new Door(uws, this.#app);
    bind(this.#app, () => false);
  }

  listen(host: string, port: number): number {
    return this.#door.open(host, port);
  }

  stopListening(): Promise<void> {
    return this.#door.shut();
  }

  close(): void {
    this.#door.close();
  }
}

type ListenExclusively = (
  host: string,
  port: number,
  options: number,
  done: (socket: ListenSocket | false) => void,
) => void;

/** Milliseconds in which a client that had begun to connect is connected, and is accepted. */
const HANDSHAKE_MS = 25;

/** uSockets' own constant; the addon exports it as a number on some platforms only. */
const LIBUS_LISTEN_EXCLUSIVE_PORT = 1;

/** The listening socket of a native application. */
export class Door {
  readonly #uws: Uws;
  readonly #app: TemplatedApp;
  #socket: ListenSocket | undefined;

  constructor(uws: Uws, app: TemplatedApp) {
    this.#uws = uws;
    this.#app = app;
  }

  /**
   * Gives the port, which is taken exclusively: uWebSockets.js would otherwise share it silently with another server.
   * @throws ListenError
   */
  open(host: string, port: number): number {
    // The addon takes host, port and options together; its declarations do not know that form.
    const listen = this.#app.listen.bind(this.#app) as unknown as ListenExclusively;
    listen(host, port, LIBUS_LISTEN_EXCLUSIVE_PORT, (socket) => {
      if (socket !== false) this.#socket = socket;
    });
    if (this.#socket === undefined) {
      throw new ListenError(
        `Cannot listen on ${host} port ${port}: it is in use, or not an address of this machine.`,
      );
    }
    return this.#uws.us_socket_local_port(this.#socket);
  }

  /** Accepts what has begun to connect, and takes nothing else. */
  async shut(): Promise<void> {
    const socket = this.#socket;
    if (socket === undefined) return;
    const refused = await refuseArrivals(this.#uws.us_socket_local_port(socket));
    if (refused) await new Promise<void>((resolve) => void setTimeout(resolve, HANDSHAKE_MS));
    // It may have been closed meanwhile: a second time would end the process.
    if (this.#socket !== undefined) this.#uws.us_listen_socket_close(this.#socket);
    this.#socket = undefined;
  }

  /** Closes the application with all its connections. */
  close(): void {
    this.#app.close();
    this.#socket = undefined;
  }
}
