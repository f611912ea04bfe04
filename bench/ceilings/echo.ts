/**
 * A bare uWebSockets.js that takes a body and answers with it, in a process of its own: what the front end could
 * reach if it did nothing. Prints its port. Ends with its parent.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadUws } from '../../src/http/addon/uws.ts';

const uws = loadUws(join(tmpdir(), 'ortolan-bench'));
const app = uws.App();
app.post('/*', (response) => {
  const pieces: Buffer[] = [];
  response.onAborted(() => undefined);
  response.onData((piece, isLast) => {
    pieces.push(Buffer.from(Buffer.from(piece))); // Its memory is taken back when this returns.
    if (isLast) response.cork(() => void response.end(Buffer.concat(pieces)));
  });
});
app.listen('127.0.0.1', 0, (socket) => {
  if (socket === false) throw new Error('no port is free');
  process.send!(uws.us_socket_local_port(socket));
});
process.on('disconnect', () => process.exit());
