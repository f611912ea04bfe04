/** A guard that answers later, over real sockets. */
import t from 'tap';
import { ServingError } from '../../src/errors.ts';
import { Wire, send } from '../support/http-client.ts';
import { echo, listen, predictWith } from './fixtures/app.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

/** Resolves in its own time, as a guard that has to ask somebody does. */
const soon = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 20));

t.test('a body is there for a handler that has to wait for the guard', async (t) => {
  const { port } = listen(t, { predict: echo }, { guard: soon });
  for (const bytes of [1, 10 * KiB, 3 * MiB]) {
    const body = Buffer.alloc(bytes, 'body');
    t.same((await send(port, predictWith(body))).body, body, `${bytes} bytes`);
    const wire = await Wire.open(port);
    await wire.write('POST /v1/predict HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
    for (let at = 0; at < bytes; at += 100_000) {
      const piece = body.subarray(at, at + 100_000);
      await wire.write(
        Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]),
      );
    }
    await wire.write('0\r\n\r\n');
    t.same((await wire.response())?.body, body, `${bytes} bytes in chunks`);
    wire.leave();
  }
});

t.test('a request that the guard refuses late leaves the connection usable', async (t) => {
  const guard = async (): Promise<void> => {
    await soon();
    throw new ServingError('FORBIDDEN', 'Not you.');
  };
  const { port } = listen(t, { predict: echo }, { guard });
  const wire = await Wire.open(port);
  for (let request = 0; request < 2; request++) {
    await wire.send(predictWith(Buffer.alloc(3 * MiB)));
    t.equal((await wire.response())?.status, 403);
  }
  wire.leave();
});
