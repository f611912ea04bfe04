/** A local web server with one file and configurable faults, for tests of downloads. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';

export interface FileServer {
  readonly url: string;
  /** The Range header of each request, in order. */
  readonly ranges: readonly (string | undefined)[];
}

type Answer = (response: ServerResponse, range: number | undefined, attempt: number) => void;

/** Closes with the test. `answer` gets the first requested byte, and the number of earlier requests. */
export async function serveFile(t: Test, answer: Answer): Promise<FileServer> {
  const ranges: (string | undefined)[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    const { range } = request.headers;
    ranges.push(range);
    answer(response, range === undefined ? undefined : Number(/=(\d+)-/.exec(range)?.[1]), ranges.length - 1);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/net.onnx`, ranges };
}

/** The file, or the requested part of it. */
export function withRanges(content: Buffer): Answer {
  return (response, range) => {
    if (range === undefined) response.writeHead(200, { 'content-length': content.length }).end(content);
    else writeRange(response, content, range).end(content.subarray(range));
  };
}

/** The whole file, for any requested range. */
export const withoutRanges =
  (content: Buffer): Answer =>
  (response) =>
    response.writeHead(200, { 'content-length': content.length }).end(content);

/** Breaks the connection of the first `cuts` requests after half of the requested bytes. */
export function cutting(content: Buffer, cuts: number): Answer {
  const whole = withRanges(content);
  return (response, range, attempt) => {
    if (attempt >= cuts) return whole(response, range, attempt);
    const rest = content.subarray(range ?? 0);
    const head =
      range === undefined
        ? response.writeHead(200, { 'content-length': content.length })
        : writeRange(response, content, range);
    // A client discards what it has received but not read when the connection breaks: let it read.
    head.write(rest.subarray(0, Math.floor(rest.length / 2)), () => setTimeout(() => response.destroy(), 50));
  };
}

const writeRange = (response: ServerResponse, content: Buffer, from: number): ServerResponse =>
  response.writeHead(206, {
    'content-length': content.length - from,
    'content-range': `bytes ${from}-${content.length - 1}/${content.length}`,
  });
