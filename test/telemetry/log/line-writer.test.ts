import t from 'tap';
import { LineWriter } from '../../../src/telemetry/log/line-writer.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const MIB = 1024 * 1024;

/** A writer on a pipe that holds `room` bytes until it is read. */
function setup(room: number) {
  const clock = new FakeClock();
  const pipe = { room, text: '', code: 'EAGAIN', slept: 0, attempts: 0 };
  const lost: number[] = [];
  let dropped = 0;
  const writer = new LineWriter(
    {
      write: (bytes) => {
        pipe.attempts++;
        const taken = Buffer.from(bytes as string).subarray(0, pipe.room);
        if (taken.length === 0) throw Object.assign(new Error('no room'), { code: pipe.code });
        pipe.room -= taken.length;
        pipe.text += taken.toString('latin1');
        return taken.length;
      },
      later: (ms, task) => void clock.after(ms, task),
      sleep: (ms) => void (pipe.slept += ms),
    },
    {
      dropped: () => dropped++,
      report: (lines) => {
        lost.push(lines);
        writer.write(`lost ${lines}\n`);
      },
    },
  );
  return { clock, pipe, writer, lost, dropped: () => dropped };
}

t.test('a line is written before the call returns', async (t) => {
  const { pipe, writer, clock } = setup(100);
  writer.write('a\n');
  writer.write('b\n');
  t.equal(pipe.text, 'a\nb\n');
  t.equal(clock.pending, 0);
});

t.test('lines without room are written later, in order and complete', async (t) => {
  const { pipe, writer, clock, dropped } = setup(5);
  for (const line of ['one\n', 'two\n', 'three\n']) writer.write(line);
  t.equal(pipe.text, 'one\nt');
  pipe.room = 4;
  clock.advance(10);
  t.equal(pipe.text, 'one\ntwo\nt');
  pipe.room = 100;
  clock.advance(10);
  t.equal(pipe.text, 'one\ntwo\nthree\n');
  t.equal(clock.pending, 0, 'no timer runs when no line waits');
  t.equal(dropped(), 0);
  writer.write('four\n');
  t.equal(pipe.text, 'one\ntwo\nthree\nfour\n');
});

t.test('a character of several bytes is never split', async (t) => {
  for (let room = 0; room < 8; room++) {
    const { pipe, writer, clock } = setup(room);
    writer.write('aé…😀\n');
    pipe.room = 100;
    clock.advance(10);
    t.equal(Buffer.from(pipe.text, 'latin1').toString(), 'aé…😀\n');
  }
});

t.test('while the pipe is full, retries become rare, and new lines cause none', async (t) => {
  const { pipe, writer, clock } = setup(0);
  writer.write('a\n');
  for (let lines = 0; lines < 100; lines++) writer.write('b\n');
  t.equal(pipe.attempts, 1);
  clock.advance(60_000);
  t.ok(pipe.attempts < 70, `${pipe.attempts} in a minute`);
});

/** A line of 1000 bytes. */
const numbered = (number: number): string => `${String(number).padEnd(999, 'x')}\n`;

/** Fills the line buffer until a line is dropped; returns the waiting lines. */
function fill(writer: LineWriter, dropped: () => number): string[] {
  const lines: string[] = [];
  while (dropped() === 0) {
    const line = numbered(lines.length);
    writer.write(line);
    lines.push(line);
  }
  return lines.slice(0, -1);
}

t.test('beyond a megabyte lines are dropped and counted, and the others stay complete', async (t) => {
  const { pipe, writer, clock, lost, dropped } = setup(0);
  const kept = fill(writer, dropped);
  t.equal(kept.length, Math.floor(MIB / 1000));
  for (let lines = 1; lines < 50; lines++) writer.write(numbered(0));
  t.equal(dropped(), 50);
  pipe.room = Infinity;
  clock.advance(10_000);
  t.equal(pipe.text, `${kept.join('')}lost 50\n`);
  t.strictSame(lost, [50]);
});

t.test('the notice of dropped lines comes in their place, before the next line', async (t) => {
  const { pipe, writer, clock, dropped } = setup(0);
  const kept = fill(writer, dropped);
  pipe.room = 5000;
  clock.advance(10);
  const next = [10_001, 10_002, 10_003].map(numbered);
  for (const line of next) writer.write(line);
  pipe.room = Infinity;
  clock.advance(10_000);
  t.equal(pipe.text, [...kept, 'lost 1\n', ...next].join(''));
  t.equal(dropped(), 1);
});

t.test('a notice without room waits like any other line', async (t) => {
  const { pipe, writer, clock, dropped } = setup(0);
  const kept = fill(writer, dropped);
  pipe.room = kept.length * 1000;
  clock.advance(10);
  t.equal(clock.pending, 1, 'with one timer');
  pipe.room = Infinity;
  clock.advance(10);
  t.equal(pipe.text, `${kept.join('')}lost 1\n`);
});

t.test('a line that is longer than the buffer is written completely', async (t) => {
  const { pipe, writer, clock } = setup(10);
  const line = `${'x'.repeat(2 * MIB)}\n`;
  writer.write(line);
  pipe.room = Infinity;
  clock.advance(10);
  t.ok(pipe.text === line);
});

t.test('closing waits half a second for a reader', async (t) => {
  const { pipe, writer } = setup(0);
  writer.write('last\n');
  let done = 0;
  writer.flush(() => done++);
  t.strictSame([pipe.slept, pipe.text, done], [500, '', 1]);
  pipe.room = 100;
  writer.flush();
  t.strictSame([pipe.slept, pipe.text], [500, 'last\n']);
  writer.flush(() => done++);
  t.equal(done, 2, 'also when no line waits');
});

for (const code of ['EPIPE', 'ENOSPC', 'EIO', 'EBADF']) {
  t.test(`after ${code} lines wait too, and closing does not`, async (t) => {
    const { pipe, writer, clock } = setup(0);
    pipe.code = code;
    writer.write('a\n');
    writer.flush();
    t.equal(pipe.slept, 0);
    pipe.room = 100;
    clock.advance(10);
    t.equal(pipe.text, 'a\n');
  });
}
