/** Copies run one at a time, only on a worker that is to spare, and are the first to be dropped. */
import t from 'tap';
import { BodyBuffers } from '../../../src/http/body/buffers.ts';
import type { ModelVersion } from '../../../src/serving/model-version.ts';
import { ShadowQueue, type ShadowWork } from '../../../src/traffic/shadow/queue.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { classes, image, ran, version, type Spare } from '../fixtures/models.ts';

interface UnderTest {
  readonly buffers: BodyBuffers;
  readonly queue: ShadowQueue;
  readonly clock: FakeClock;
  readonly spare: Spare;
  readonly shadow: ModelVersion;
  /** What became of each copy. */
  readonly ends: unknown[];
  readonly work: ShadowWork;
}

function setup(): UnderTest {
  const clock = new FakeClock();
  const { version: shadow, spare } = version('2');
  const ends: unknown[] = [];
  const work: ShadowWork = {
    live: version('1').version,
    shadow: () => (shadow.state === 'ready' ? shadow : undefined),
    done: (_shadow, _outcome, index) => ends.push(index),
    dropped: (reason) => ends.push(reason),
  };
  const buffers = new BodyBuffers();
  const queue = new ShadowQueue(clock, buffers, (task) => task());
  return { queue, buffers, clock, spare, shadow, ends, work };
}

const RESULT = ran(classes(1));

t.test('a copy keeps its bytes when the memory of the request is used again', async (t) => {
  const { queue, spare, ends, work } = setup();
  const sent = image(1, 2, 3);
  queue.offer([sent], work);
  sent.bytes.fill(0);
  t.same([...(spare.begun[0] as typeof sent).bytes], [1, 2, 3]);
  await spare.end(RESULT);
  t.strictSame(ends, [0]);
});

t.test('the memory of a copy is used again', async (t) => {
  const { queue, buffers, spare, work } = setup();
  const memory = buffers.take(1);
  buffers.give(memory);
  queue.offer([image(1)], work);
  t.not(buffers.take(1), memory);
  await spare.end(RESULT);
  t.equal(buffers.take(1), memory);
});

t.test('copies run one at a time, in order, and the version is leased meanwhile', async (t) => {
  const { queue, spare, shadow, ends, work } = setup();
  queue.offer([image(1)], work);
  queue.offer([image(2)], work);
  t.equal(spare.begun.length, 1);
  t.equal(shadow.leases, 1);
  await spare.end(RESULT);
  t.equal(spare.begun.length, 2);
  await spare.end(RESULT);
  t.strictSame(ends, [0, 0]);
  t.equal(shadow.leases, 0);
});

t.test('while no worker is to spare copies wait, for two seconds at most', async (t) => {
  const { queue, clock, spare, ends, work } = setup();
  spare.free = false;
  queue.offer([image(1)], work);
  await clock.pass(1990);
  t.strictSame([spare.begun.length, queue.length], [0, 1]);
  await clock.pass(20);
  t.strictSame(ends, ['late']);
  t.equal(clock.pending, 0, 'an empty queue sets no timer');
});

t.test('a copy that waits runs as soon as a worker is to spare', async (t) => {
  const { queue, clock, spare, work } = setup();
  spare.free = false;
  queue.offer([image(1)], work);
  spare.free = true;
  await clock.pass(5);
  t.equal(spare.begun.length, 1);
});

t.test('a full queue takes no copy', async (t) => {
  const { queue, spare, ends, work } = setup();
  spare.free = false;
  for (let copy = 0; copy < 66; copy++) queue.offer([image(1)], work);
  t.strictSame(ends, ['full', 'full']);
});

t.test('a large request is not copied', async (t) => {
  const { queue, ends, work } = setup();
  queue.offer([{ ...image(), bytes: new Uint8Array(4 * 1024 * 1024 + 1) }], work);
  t.strictSame(ends, ['too_large']);
});

t.test('a copy for a version that is not ready is dropped', async (t) => {
  const { queue, shadow, ends, work } = setup();
  shadow.unavailable('gone');
  queue.offer([image(1)], work);
  t.strictSame(ends, ['not_ready']);
});

t.test('the images of one request run one by one, and each is told by its place', async (t) => {
  const { queue, spare, ends, work } = setup();
  queue.offer([image(1), image(2)], work);
  t.equal(spare.begun.length, 1);
  await spare.end(RESULT);
  await spare.end(RESULT);
  t.strictSame(ends, [0, 1]);
});

t.test('copies take at most a tenth of the time', async (t) => {
  const { queue, clock, spare, work } = setup();
  queue.offer([image(1), image(2)], work);
  clock.advance(10);
  await spare.end(RESULT);
  await clock.pass(89);
  t.equal(spare.begun.length, 1);
  await clock.pass(1);
  t.equal(spare.begun.length, 2);
});

t.test('a queue that is closed drops what waits, and takes no more', async (t) => {
  const { queue, clock, spare, ends, work } = setup();
  spare.free = false;
  queue.offer([image(1)], work);
  await clock.pass(1);
  queue.close();
  queue.offer([image(2)], work);
  t.strictSame(ends, ['stopped', 'stopped']);
  t.equal(clock.pending, 0);
});
