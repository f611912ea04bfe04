/**
 * Stands before a server that speaks HTTP and makes single requests fail as stores do: answers of its own, uploads that are
 * torn, downloads that are cut off. It counts what passes.
 */
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';

/**
 * What becomes of a request. pass: it is passed on. answer: it is not. tearAfter: the connection is reset after so many bytes of
 * the request. cutAfter: after so many bytes of the answer.
 */
export type Verdict =
  | 'pass'
  | { readonly answer: number; readonly body?: string; readonly headers?: Record<string, string> }
  | { readonly tearAfter: number }
  | { readonly cutAfter: number };

export interface Passed {
  readonly method: string;
  readonly path: string;
  readonly range: string | undefined;
}

export interface FaultyHttp {
  readonly url: string;
  readonly port: number;
  readonly passed: Passed[];
  judge: (request: Passed) => Verdict;
}

export async function faultyHttp(t: Pick<Test, 'teardown'>, target: number): Promise<FaultyHttp> {
  const passed: Passed[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method = '', url: path = '', headers } = incoming;
    const one = { method, path, range: headers.range };
    passed.push(one);
    const verdict = proxy.judge(one);
    if (verdict === 'pass') return pass(incoming, outgoing, target, Infinity);
    if ('answer' in verdict) {
      incoming.resume();
      return incoming.once('end', () =>
        outgoing.writeHead(verdict.answer, verdict.headers).end(verdict.body),
      );
    }
    if ('cutAfter' in verdict) return pass(incoming, outgoing, target, verdict.cutAfter);
    let come = 0;
    incoming.on('data', (piece: Buffer) => {
      come += piece.length;
      if (come >= verdict.tearAfter) incoming.socket.resetAndDestroy();
    });
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const proxy: FaultyHttp = { url: `http://127.0.0.1:${port}`, port, passed, judge: () => 'pass' };
  return proxy;
}

function pass(incoming: IncomingMessage, outgoing: ServerResponse, port: number, cutAfter: number): void {
  const { method, url: path, headers } = incoming;
  const onward = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode!, answer.headers);
    let gone = 0;
    answer.on('data', (piece: Buffer) => {
      gone += piece.length;
      if (gone <= cutAfter) return void outgoing.write(piece);
      outgoing.write(piece.subarray(0, cutAfter - (gone - piece.length)), () =>
        setTimeout(() => incoming.socket.destroy(), 20),
      );
      answer.destroy();
    });
    answer.on('end', () => outgoing.end());
  });
  onward.on('error', () => incoming.socket.destroy());
  incoming.pipe(onward);
}
