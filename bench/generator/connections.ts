/**
 * Keep-alive connections to one server, as many as there are requests in flight: no request ever waits for one. A
 * request is written in one piece, made beforehand, so that sending costs the generator one system call.
 *
 * A server may close an idle connection at the very moment at which a request is written to it; such a request,
 * of whose answer nothing has come, is sent once more on a new connection, and its time goes on.
 */
import { connect, type Socket } from 'node:net';
import { AnswerReader } from './answer.ts';

/** How a request ended: its status, or the name of what went wrong. */
export type Ending = number | 'time-out' | 'closed early' | 'no connection' | 'aborted';

/** One whole request: head and body. */
export function requestOf(url: URL, headers: Readonly<Record<string, string>>, body: Buffer): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `POST ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\ncontent-length: ${body.length}\r\n`;
  return Buffer.concat([Buffer.from(`${head}${lines.join('')}\r\n`), body]);
}

interface Ticket {
  readonly bytes: Buffer;
  readonly ended: (ending: Ending) => void;
  retried: boolean;
}

export class Connections {
  readonly #host: string;
  readonly #port: number;
  readonly #idle: Connection[] = [];
  readonly #all = new Set<Connection>();

  constructor(url: URL) {
    this.#host = url.hostname;
    this.#port = Number(url.port);
  }

  get count(): number {
    return this.#all.size;
  }

  /** Opens connections until `count` stand idle. */
  async open(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count - this.#idle.length }, () => this.#connect().connected));
  }

  /** Sends at once. `ended` is called exactly once. Returns a function that ends the request by closing its connection. */
  send(bytes: Buffer, ended: (ending: Ending) => void): (ending: 'time-out' | 'aborted') => void {
    const ticket: Ticket = { bytes, ended, retried: false };
    let connection = this.#carry(ticket);
    return (ending) => {
      connection = connection.ticket === ticket ? connection : this.#carrierOf(ticket, connection);
      connection.abandon(ticket, ending);
    };
  }

  close(): void {
    for (const connection of this.#all) connection.socket.destroy();
  }

  #carry(ticket: Ticket): Connection {
    // The last one used: those behind it grow old and are closed by the server, and the pool shrinks again.
    const connection = this.#idle.pop() ?? this.#connect(false);
    connection.write(ticket);
    return connection;
  }

  #carrierOf(ticket: Ticket, otherwise: Connection): Connection {
    for (const connection of this.#all) if (connection.ticket === ticket) return connection;
    return otherwise;
  }

  #connect(idle = true): Connection {
    const connection = new Connection(connect({ host: this.#host, port: this.#port, noDelay: true }), {
      free: () => void this.#idle.push(connection),
      gone: (stranded) => {
        this.#all.delete(connection);
        const place = this.#idle.indexOf(connection);
        if (place >= 0) this.#idle.splice(place, 1);
        if (stranded === undefined) return;
        stranded.retried = true;
        const fresh = this.#connect(false);
        fresh.write(stranded);
      },
    });
    this.#all.add(connection);
    if (idle) this.#idle.push(connection);
    return connection;
  }
}

interface Owner {
  readonly free: () => void;
  /** `stranded`: a request that is to be sent again on another connection. */
  readonly gone: (stranded: Ticket | undefined) => void;
}

class Connection {
  readonly socket: Socket;
  /** Settles when it is connected or has failed. */
  readonly connected: Promise<void>;
  ticket: Ticket | undefined;
  readonly #owner: Owner;
  readonly #reader = new AnswerReader();
  #stands = false;
  #answers = 0;

  constructor(socket: Socket, owner: Owner) {
    this.socket = socket;
    this.#owner = owner;
    this.connected = new Promise((resolve) => {
      socket.on('connect', () => {
        this.#stands = true;
        resolve();
      });
      socket.on('close', () => {
        resolve();
        this.#closed();
      });
    });
    socket.on('error', () => undefined); // 'close' follows.
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
  }

  write(ticket: Ticket): void {
    this.ticket = ticket;
    this.socket.write(ticket.bytes);
  }

  abandon(ticket: Ticket, ending: 'time-out' | 'aborted'): void {
    if (this.ticket !== ticket) return;
    this.ticket = undefined;
    this.socket.destroy();
    ticket.ended(ending);
  }

  #read(chunk: Buffer): void {
    const { ticket } = this;
    if (ticket === undefined) return;
    const answer = this.#reader.read(chunk);
    if (answer === undefined) return;
    this.#answers++;
    this.ticket = undefined;
    if (answer.keepsAlive) this.#owner.free();
    else this.socket.destroy();
    ticket.ended(answer.status);
  }

  #closed(): void {
    const { ticket } = this;
    this.ticket = undefined;
    const stale = this.#answers > 0 && !this.#reader.started;
    const again = ticket !== undefined && stale && !ticket.retried;
    this.#owner.gone(again ? ticket : undefined);
    if (ticket !== undefined && !again) ticket.ended(this.#stands ? 'closed early' : 'no connection');
  }
}
