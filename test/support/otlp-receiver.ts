/** A receiver of traces whose answer the test sets: a status, or none. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';
import { readExport, type OtlpExport, type OtlpSpan } from './otlp.ts';

export interface OtlpReceiver {
  /** The value of the option. */
  readonly endpoint: string;
  /** All exports that were received, with any answer. */
  readonly exports: readonly OtlpExport[];
  readonly spans: readonly OtlpSpan[];
  readonly requests: readonly { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  /** Status of later answers; 'never': no answer. */
  answers: number | 'never';
  /** Closes all connections and stops listening; its port refuses connections then. */
  close(): Promise<void>;
}

/** `port`: 0 for any that is free. */
export async function startReceiver(t: Pick<Test, 'teardown'>, port = 0): Promise<OtlpReceiver> {
  const exports: OtlpExport[] = [];
  const requests: { path: string; headers: IncomingHttpHeaders }[] = [];
  const server = createServer((request, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests.push({ path: request.url ?? '', headers: request.headers });
      exports.push(...readExport(Buffer.concat(chunks)));
      if (receiver.answers === 'never') return;
      response.writeHead(receiver.answers, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const receiver: OtlpReceiver = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    exports,
    get spans() {
      return exports.flatMap(({ spans }) => spans);
    },
    requests,
    answers: 200,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  t.teardown(() => receiver.close());
  return receiver;
}
