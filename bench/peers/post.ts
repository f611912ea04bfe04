/** One request on a connection of its own, so that no idle connection keeps a server from ending. */
import { request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** @throws Error when there is no answer within this time, or no connection */
export function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
  withinMs: number,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, {
      method: 'POST',
      agent: false,
      headers: { ...headers, 'content-length': body.length },
      signal: AbortSignal.timeout(withinMs),
    });
    asked.on('error', reject);
    asked.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => void chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
      });
    });
    asked.end(body);
  });
}
