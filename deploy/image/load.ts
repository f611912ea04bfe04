/**
 * Photographs for a server, one after another on each of some connections, and what became of every one of them. It
 * finds lost answers; it does not measure.
 */
import { Agent, request } from 'node:http';

export interface Outcomes {
  /** 200. */
  answered: number;
  /** Another status. */
  refused: number;
  /** The connection was refused. */
  unreachable: number;
  /** Sent, and not or not completely answered. */
  lost: number;
}

export interface Load {
  readonly outcomes: Outcomes;
  /** Resolves when all connections are done. */
  readonly done: Promise<void>;
  /** No new requests; those that are under way are waited for. */
  stop(): Promise<void>;
}

export interface LoadSettings {
  readonly port: number;
  readonly photo: Buffer;
  readonly connections: number;
  /** Requests altogether; without it, until it is stopped or the server goes. */
  readonly requests?: number;
}

/** Each connection sends until stop(), or until a request is not answered with 200. */
export function startLoad({ port, photo, connections, requests = Infinity }: LoadSettings): Load {
  const outcomes: Outcomes = { answered: 0, refused: 0, unreachable: 0, lost: 0 };
  let left = requests;
  let stopped = false;
  const loop = async (): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!stopped && left-- > 0) {
      const outcome = await post(agent, port, photo);
      outcomes[outcome]++;
      if (outcome !== 'answered') break;
    }
    agent.destroy();
  };
  const done = Promise.all(Array.from({ length: connections }, loop)).then(() => undefined);
  return {
    outcomes,
    done,
    stop: () => {
      stopped = true;
      return done;
    },
  };
}

function post(agent: Agent, port: number, photo: Buffer): Promise<keyof Outcomes> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'image/jpeg', 'content-length': photo.length };
    const sent = request({ agent, host: '127.0.0.1', port, method: 'POST', path: '/v1/predict', headers });
    sent.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'ECONNREFUSED' ? 'unreachable' : 'lost'),
    );
    sent.once('response', (response) => {
      response.once('error', () => resolve('lost'));
      response.once('end', () => resolve(response.statusCode === 200 ? 'answered' : 'refused'));
      response.resume();
    });
    sent.end(photo);
  });
}
