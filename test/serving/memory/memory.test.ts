import t from 'tap';
import type { ModelVersion } from '../../../src/serving/model-version.ts';
import { Memory } from '../../../src/serving/memory/memory.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { recordTelemetry } from '../../support/telemetry.ts';
import { found, makeReady } from './versions.ts';

const MIB = 2 ** 20;

/** A budget in MiB, and a process that grows by what is loaded. */
function setup(budget: number) {
  const clock = new FakeClock();
  const telemetry = recordTelemetry();
  const evicted: string[] = [];
  let own = 100;
  const memory: Memory = new Memory({
    budget: budget * MIB,
    clock,
    footprint: () => ({ own: own * MIB, mapped: 0 }),
    sessions: 2,
    events: telemetry.events.models,
    async unload(version) {
      evicted.push(version.name);
      own -= version.memoryBytes! / MIB;
      memory.left(version);
      version.leaves();
      version.left();
    },
  });
  /** A millisecond after the one before. */
  const load = async (version: ModelVersion, mib: number): Promise<void> => {
    clock.advance(1);
    await memory.loaded(version, async () => void (own += mib));
    makeReady(version);
  };
  return { memory, clock, load, evicted, grow: (mib: number) => void (own += mib), ...telemetry };
}

t.test('a version takes what the process has grown by, and the metric says so', async (t) => {
  const { load, value } = setup(0);
  const version = found('m');
  await load(version, 30);
  t.equal(version.memoryBytes, 30 * MIB);
  t.equal(await value('ortolan_model_memory_bytes{model="m",version="1"}'), 30 * MIB);
});

t.test('it takes no less than its file, however the process has shrunk meanwhile', async (t) => {
  const { load } = setup(0);
  const version = found('m', 'pinned', 7 * MIB);
  await load(version, -5);
  t.equal(version.memoryBytes, 7 * MIB);
});

t.test('what was needed only to examine the file does not count', async (t) => {
  const { memory, grow } = setup(0);
  const version = found('m');
  await memory.loaded(version, async (begins) => {
    grow(500);
    begins();
    grow(20);
  });
  t.equal(version.memoryBytes, 20 * MIB);
});

t.test('the least recently used leaves for another, and is counted', async (t) => {
  const { memory, clock, load, evicted, value, lines } = setup(100);
  const [first, second, third] = [found('first'), found('second'), found('third')];
  await load(first, 40);
  await load(second, 40);
  clock.advance(1);
  memory.used(first);
  await load(third, 40);
  t.strictSame(evicted, ['second']);
  t.equal(second.state, 'waiting');
  t.equal(await value('ortolan_model_evictions_total{model="second",version="1"}'), 1);
  t.equal(await value('ortolan_model_memory_bytes{model="second",version="1"}'), 0);
  t.match(lines.at(-1), { message: 'model evicted', model: 'second', bytes: 40 * MIB, for_model: 'third' });
});

t.test('room is made before the load, for what the version took last time', async (t) => {
  const { memory, load, evicted } = setup(100);
  const [one, other] = [found('one'), found('other')];
  await load(one, 60);
  await load(other, 60);
  t.strictSame(evicted, ['one'], 'after the load: nothing was known but the size of its file');
  await memory.loaded(one, async () => t.strictSame(evicted, ['one', 'other']));
});

t.test('one that requests hold leaves last', async (t) => {
  const { load, evicted } = setup(100);
  const [held, free] = [found('held'), found('free')];
  await load(held, 40);
  await load(free, 40);
  held.lease();
  await load(found('third'), 40);
  t.strictSame(evicted, ['free']);
});

t.test(
  'what does not fit beside the pinned is refused with all numbers, and nothing leaves for it',
  async (t) => {
    const { load, evicted } = setup(100);
    await load(found('fixed', 'pinned'), 60);
    await load(found('small'), 20);
    const large = found('large');
    await t.rejects(load(large, 50), {
      message:
        'Model large version 1 takes 50.0 MiB; modelMemoryBytes is 100.0 MiB, of which models that are pinned take 60.0 MiB. ' +
        'Raise it, or give models "residency": "on-demand" in model.json.',
    });
    t.strictSame(evicted, []);
    t.equal(large.memoryBytes, undefined);
  },
);

t.test('a file larger than the budget is refused before it is loaded', async (t) => {
  const { memory } = setup(100);
  let loaded = false;
  const load = async (): Promise<void> => void (loaded = true);
  await t.rejects(memory.loaded(found('huge', 'pinned', 101 * MIB), load), {
    message: /^Model huge version 1 takes 101\.0 MiB; modelMemoryBytes is 100\.0 MiB\. /,
  });
  t.notOk(loaded);
});

t.test('a pinned version has others leave as well', async (t) => {
  const { load, evicted } = setup(100);
  await load(found('one'), 60);
  await load(found('fixed', 'pinned'), 60);
  t.strictSame(evicted, ['one']);
});

t.test('what has left makes room, and a load that fails takes none', async (t) => {
  const { memory, load, evicted } = setup(100);
  const gone = found('gone', 'pinned');
  await load(gone, 60);
  memory.left(gone);
  await t.rejects(
    memory.loaded(found('broken'), () => Promise.reject(new Error('cut off'))),
    /cut off/,
  );
  await load(found('next', 'pinned'), 90);
  t.strictSame(evicted, []);
});
