/** A version from the moment it is loaded: its reference opened, exchanged, refused and made of traffic. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { EntryOutcome } from '../../../src/batcher/entry.ts';
import { prepare, type Preparation } from '../../../src/quality/drift/baseline/preparing.ts';
import { VersionDrift } from '../../../src/quality/drift/version-drift.ts';
import { contentDigest } from '../../../src/repository/digest.ts';
import { textOf } from '../../../src/repository/drift/reference.ts';
import type { Reference } from '../../../src/repository/drift/schema.ts';
import type { ModelEntry } from '../../../src/repository/repository.ts';
import { ModelVersion, type ModelSettings, type Signature } from '../../../src/serving/model-version.ts';
import { seeded } from '../../../src/quality/drift/null/random.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { recordTelemetry } from '../../support/telemetry.ts';
import { affine } from '../../support/tiny-models.ts';

const SETTINGS: ModelSettings = {
  name: 'm',
  version: '1',
  description: undefined,
  preprocess: undefined,
  labels: undefined,
  classifies: false,
  softmax: false,
  versionLabels: [],
  sloMs: 200,
  onDemand: false,
};
const SIGNATURE: Signature = {
  provider: 'cpu',
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 1] }],
  maxBatchSize: 8,
  joins: { rows: true },
};
const WISH = { rows: 300, oneIn: 1, window: 100, falseAlarmEvery: 1000 };
const BATCH = { rows: 1, reason: 'idle', width: 'narrow', decodeMs: 0, inferMs: 0, postMs: 0 } as const;

const bytes = (...numbers: number[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Float32Array.from(numbers).buffer);

function setup(t: Test) {
  const root = t.testdir();
  const folder = join(root, 'm', '1');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'model.onnx'), affine().file);
  const entry = { name: 'm', config: {} } as unknown as ModelEntry;
  const file = { version: '1', file: join(folder, 'model.onnx'), root, bytes: 1, sha256Declared: undefined };
  const source = { entry, file, instance: 7 };
  const version = new ModelVersion(SETTINGS, source);
  const clock = new FakeClock();
  const telemetry = recordTelemetry();
  const watched: boolean[] = [];
  const tasks: Preparation[] = [];
  const drift = new VersionDrift(version, SIGNATURE, source, {
    clock,
    today: () => '2026-12-01T09:30:00.000Z',
    events: telemetry.events.drift,
    watch: (_, on) => void watched.push(on),
    settingsOf: () => ({ softmax: false }),
    prepare(task) {
      tasks.push(task);
      return prepare(task);
    },
  });
  const random = seeded(1);
  /** Answers rows, one at a time. */
  const answer = (rows: number, shift = 0, cached = false): void => {
    for (let row = 0; row < rows; row++) {
      clock.advance(10);
      const result = { kind: 'outputs', outputs: [{ shape: [1, 1], data: bytes(random()) }] } as const;
      const outcome: EntryOutcome = { kind: 'done', result, batch: BATCH, queueMs: 0 };
      const payload = {
        kind: 'tensors',
        rows: 1,
        inputs: [{ shape: [1, 2], data: bytes(random() + shift, random()) }],
      } as const;
      const about = {
        requestId: '',
        identity: undefined,
        version,
        route: undefined,
        totalMs: 1,
        places: [0],
      };
      drift.answered({ ...about, cached, payloads: [payload], outcomes: [outcome] });
    }
  };
  const over = (): Promise<void> => drift.settled();
  return { drift, folder, file, answer, over, clock, telemetry, watched, tasks };
}

t.test('without a drift.json nothing is watched and nothing counted', async (t) => {
  const { drift, answer, tasks, telemetry } = setup(t);
  await drift.look();
  answer(500);
  t.equal(drift.state, 'off');
  t.equal(drift.monitor, undefined);
  t.strictSame(tasks, []);
  t.strictSame(telemetry.lines, []);
});

t.test('a reference is made of traffic, written, and rows are compared with it', async (t) => {
  const { drift, answer, over, telemetry, tasks } = setup(t);
  drift.gather(WISH);
  answer(299);
  t.equal(drift.gathering?.rows.seen, 299);
  answer(1);
  await over();
  t.equal(drift.state, 'watching');
  t.equal(drift.gathering, undefined);
  t.strictSame(
    drift.monitor?.reference.numbers.map(({ feature }) => feature),
    ['x[0]', 'x[1]', 'y'],
  );
  answer(100);
  t.equal(drift.monitor?.windows, 1);
  t.equal(drift.monitor?.alarms, 0);
  answer(100, 0.5);
  t.equal(drift.monitor?.alarms, 1);
  t.equal(await telemetry.value('ortolan_drift_alarm{model="m",version="1",feature="x[0]"}'), 1);
  t.equal(await telemetry.value('ortolan_drift_alarm{model="m",version="1",feature="x[1]"}'), 0);
  t.equal(await telemetry.value('ortolan_drift_windows_total{model="m",version="1",outcome="beyond"}'), 1);
  t.match(
    telemetry.lines.find(({ message }) => message === 'drift'),
    { feature: 'x[0]' },
  );
  answer(100);
  t.equal(await telemetry.value('ortolan_drift_alarm{model="m",version="1",feature="x[0]"}'), 0);
  await drift.look();
  t.equal(tasks.length, 1, 'what it has written itself is not read again');
});

t.test('one row in so many is taken where that is asked for', async (t) => {
  const { drift, answer } = setup(t);
  drift.gather({ ...WISH, oneIn: 10 });
  answer(1000);
  t.equal(drift.gathering?.rows.seen, 100);
});

t.test('what the cache had is not counted', async (t) => {
  const { drift, answer } = setup(t);
  drift.gather(WISH);
  answer(100, 0, true);
  t.equal(drift.gathering?.rows.seen, 0);
});

t.test(
  'a drift.json that is put there is found while there are answers, and one that is taken away too',
  async (t) => {
    const { drift, folder, answer, over, file, watched, telemetry, clock } = setup(t);
    drift.gather(WISH);
    answer(300);
    await over();
    const made = drift.monitor!.reference;
    rmSync(join(folder, 'drift.json'));
    clock.advance(5000);
    answer(1);
    await over();
    t.equal(drift.state, 'off');
    t.equal(watched.at(-1), false);
    t.equal(
      await telemetry.value('ortolan_drift_windows_total{model="m",version="1",outcome="within"}'),
      undefined,
    );
    t.equal(made.digest, await contentDigest(file));
    writeFileSync(join(folder, 'drift.json'), textOf({ ...made, window: 60 }));
    clock.advance(5000);
    answer(1);
    await over();
    t.equal(drift.state, 'watching');
    t.equal(drift.monitor?.reference.window, 60);
  },
);

t.test('a reference of other files is refused with the reason, and another one is taken', async (t) => {
  const { drift, folder, answer, over, telemetry } = setup(t);
  drift.gather(WISH);
  answer(300);
  await over();
  const made = drift.monitor!.reference;
  const others: readonly (readonly [Reference, RegExp])[] = [
    [{ ...made, digest: 'cd'.repeat(32) }, /those that are served have sha256:/],
    [{ ...made, settings: { softmax: true } }, /made with softmax true, and now that is false/],
    [{ ...made, numbers: [{ ...made.numbers[0]!, feature: 'z' }] }, /it watches z, which/],
  ];
  for (const [other, says] of others) {
    writeFileSync(join(folder, 'drift.json'), textOf(other));
    await drift.look();
    await over();
    t.equal(drift.state, 'refused');
    t.match(drift.reason, says);
    t.equal(drift.monitor, undefined);
    t.equal(await telemetry.value('ortolan_drift_reference_refused{model="m",version="1"}'), 1);
    answer(200);
  }
  writeFileSync(join(folder, 'drift.json'), 'no JSON');
  await drift.look();
  await over();
  t.match(drift.reason, /not valid JSON/);
  writeFileSync(join(folder, 'drift.json'), textOf(made));
  await drift.look();
  t.equal(drift.state, 'preparing');
  await over();
  t.equal(drift.state, 'watching');
  t.equal(await telemetry.value('ortolan_drift_reference_refused{model="m",version="1"}'), 0);
});

t.test('a burst of rows costs a bounded number of them', async (t) => {
  const { drift, answer, clock } = setup(t);
  drift.gather({ ...WISH, rows: 10_000 });
  const { advance } = clock;
  clock.advance = () => undefined; // All at the same moment.
  answer(9000);
  clock.advance = advance;
  // Ten thousand elements are three in a row, and one row more.
  t.equal(drift.gathering?.rows.seen, 3334);
});

t.test('a version that is gone reports nothing more', async (t) => {
  const { drift, answer, over, telemetry } = setup(t);
  drift.gather(WISH);
  answer(300);
  drift.close();
  await over();
  t.equal(drift.monitor, undefined);
  t.equal(
    await telemetry.value('ortolan_drift_windows_total{model="m",version="1",outcome="within"}'),
    undefined,
  );
});
