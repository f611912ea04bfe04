import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { download } from '../../../src/cli/models/download.ts';
import type { Clock } from '../../../src/clock.ts';
import { cutting, serveFile, withoutRanges, withRanges, type FileServer } from '../file-server.ts';

const CONTENT = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 31 + (index >> 8)) & 255));
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');

/** A clock whose pauses between attempts end at once and are recorded; the longer server timeout never fires. */
function hurriedClock(): Clock & { readonly pauses: number[] } {
  const pauses: number[] = [];
  return {
    pauses,
    now: () => 0,
    after(ms, task) {
      if (ms === 30_000) return () => undefined;
      pauses.push(ms);
      queueMicrotask(task);
      return () => undefined;
    },
  };
}

/** Downloads into a folder, where `part` bytes are left from before. */
async function fetchFile(t: Test, server: FileServer, part?: Buffer, clock: Clock = hurriedClock()) {
  const file = join(t.testdir(), 'model.onnx');
  if (part !== undefined) writeFileSync(`${file}.part`, part);
  const arrived: number[] = [];
  const wanted = { url: server.url, file, bytes: CONTENT.length, sha256: SHA256 };
  const fault = await download(wanted, clock, (bytes) => arrived.push(bytes)).then(
    () => undefined,
    (error: unknown) => error as Error,
  );
  return { file, arrived, fault };
}

t.test('writes the whole file under its name, and no other file', async (t) => {
  const { file, arrived, fault } = await fetchFile(t, await serveFile(t, withRanges(CONTENT)));
  t.equal(fault, undefined);
  t.ok(readFileSync(file).equals(CONTENT));
  t.notOk(existsSync(`${file}.part`));
  t.equal(arrived[0], 0);
  t.equal(arrived.at(-1), CONTENT.length);
});

t.test('resumes from the partial file of an earlier run', async (t) => {
  const server = await serveFile(t, withRanges(CONTENT));
  const { file, arrived } = await fetchFile(t, server, CONTENT.subarray(0, 60_000));
  t.strictSame(server.ranges, ['bytes=60000-']);
  t.equal(arrived[0], 60_000);
  t.ok(readFileSync(file).equals(CONTENT));
});

t.test('sends no request when the partial file is complete', async (t) => {
  const server = await serveFile(t, withRanges(CONTENT));
  const { file } = await fetchFile(t, server, CONTENT);
  t.strictSame(server.ranges, []);
  t.ok(readFileSync(file).equals(CONTENT));
});

t.test('starts over when the server does not support ranges', async (t) => {
  const server = await serveFile(t, withoutRanges(CONTENT));
  const { file } = await fetchFile(t, server, CONTENT.subarray(0, 60_000));
  t.equal(server.ranges.length, 1);
  t.ok(readFileSync(file).equals(CONTENT));
});

t.test('starts over when the partial file belongs to another file', async (t) => {
  const server = await serveFile(t, withRanges(CONTENT));
  const { file } = await fetchFile(t, server, Buffer.alloc(60_000, 1));
  t.strictSame(server.ranges, ['bytes=60000-', undefined]);
  t.ok(readFileSync(file).equals(CONTENT));
});

t.test('starts over when the partial file is longer than the file', async (t) => {
  const server = await serveFile(t, withRanges(CONTENT));
  const { file } = await fetchFile(t, server, Buffer.alloc(200_000, 1));
  t.strictSame(server.ranges, [undefined]);
  t.ok(readFileSync(file).equals(CONTENT));
});

t.test('resumes after a broken connection, with a longer pause each time', async (t) => {
  const server = await serveFile(t, cutting(CONTENT, 2));
  const clock = hurriedClock();
  const { file } = await fetchFile(t, server, undefined, clock);
  t.ok(readFileSync(file).equals(CONTENT));
  t.equal(server.ranges.length, 3);
  t.match(server.ranges[2], /^bytes=[1-9]/);
  t.strictSame(clock.pauses, [1000, 2000]);
});

t.test('gives up after five broken connections, and keeps the partial file', async (t) => {
  const server = await serveFile(t, cutting(CONTENT, 9));
  const { file, fault } = await fetchFile(t, server);
  t.equal(server.ranges.length, 5);
  t.match(fault, {
    name: 'CliError',
    exitCode: 1,
    message: /could not be read in 5 attempts .* goes on from there/,
  });
  t.notOk(existsSync(file));
  t.ok(existsSync(`${file}.part`));
});

t.test('retries after a temporary error', async (t) => {
  const whole = withRanges(CONTENT);
  const server = await serveFile(t, (response, range, attempt) =>
    attempt === 0 ? response.writeHead(503).end() : whole(response, range, attempt),
  );
  t.ok(readFileSync((await fetchFile(t, server)).file).equals(CONTENT));
});

t.test('does not retry a missing file', async (t) => {
  const server = await serveFile(t, (response) => response.writeHead(404).end('nothing'));
  t.match((await fetchFile(t, server)).fault, { message: /answered 404\.$/ });
  t.equal(server.ranges.length, 1);
});

t.test('refuses a file with a wrong digest, names both digests and deletes it', async (t) => {
  const wrong = Buffer.from(CONTENT);
  wrong[50_000] = ~wrong[50_000]! & 255;
  const { file, fault } = await fetchFile(t, await serveFile(t, withRanges(wrong)));
  t.match(fault, { message: new RegExp(`sha256 is [0-9a-f]{64}, expected is ${SHA256}`) });
  t.notOk(existsSync(file));
  t.notOk(existsSync(`${file}.part`));
});

t.test('refuses a file of the wrong size before reading it', async (t) => {
  const { fault, arrived } = await fetchFile(t, await serveFile(t, withRanges(CONTENT.subarray(1))));
  t.match(fault, { message: /has 99999 bytes, the expected file has 100000/ });
  t.strictSame(arrived, [0]);
});

t.test('stops reading a body that is longer than the file', async (t) => {
  const server = await serveFile(t, (response) => {
    response.writeHead(200);
    response.write(CONTENT);
    response.end(CONTENT);
  });
  t.match((await fetchFile(t, server)).fault, { message: /sends more than the 100000 bytes/ });
});

t.test('refuses a range other than the requested one', async (t) => {
  const server = await serveFile(t, (response) =>
    response.writeHead(206, { 'content-range': 'bytes 0-99999/100000' }).end(CONTENT),
  );
  const { fault } = await fetchFile(t, server, CONTENT.subarray(0, 60_000));
  t.match(fault, { message: /range "bytes 0-99999\/100000", expected is byte 60000 on/ });
});

t.test('treats a silent server as a broken connection', async (t) => {
  const whole = withRanges(CONTENT);
  const server = await serveFile(t, (response, range, attempt) => {
    if (attempt > 0) return whole(response, range, attempt);
    response.writeHead(200, { 'content-length': CONTENT.length }).write(CONTENT.subarray(0, 10));
    silence.forEach((task) => task());
  });
  const silence: (() => void)[] = [];
  const hurried = hurriedClock();
  const clock: Clock = {
    now: () => 0,
    after(ms, task) {
      if (ms === 30_000) silence.push(task);
      return ms === 30_000 ? () => undefined : hurried.after(ms, task);
    },
  };
  const { file } = await fetchFile(t, server, undefined, clock);
  t.equal(server.ranges.length, 2);
  t.ok(readFileSync(file).equals(CONTENT));
});
