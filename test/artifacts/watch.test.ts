import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { remove } from '../../src/artifacts/archive/remove.ts';
import { ArtifactError } from '../../src/artifacts/artifact-error.ts';
import { ArchiveSource } from '../../src/artifacts/source/of-archive.ts';
import { ArtifactWatch, type WatchSettings } from '../../src/artifacts/watch.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { affine } from '../support/tiny-models.ts';
import { placeOf, pushed, writeVersion, type Place } from './models.ts';

const POLL_MS = 60_000;

/** A source that a test can take away. */
class Breakable extends ArchiveSource {
  down = false;

  override offer(known?: string, signal?: AbortSignal): ReturnType<ArchiveSource['offer']> {
    if (this.down) return Promise.reject(new ArtifactError('unreachable', 'the store is down.'));
    return super.offer(known, signal);
  }
}

function watchOf({ archive, to }: Place, settings: Partial<WatchSettings> = {}) {
  const clock = new FakeClock();
  const source = new Breakable(archive);
  const told: string[] = [];
  const watch = new ArtifactWatch({
    source,
    models: to,
    clock,
    trust: undefined,
    wanted: [],
    pollMs: POLL_MS,
    random: () => 0.5,
    traffic: () => ({ requests: 0, sentBytes: 0, receivedBytes: 0 }),
    events: {
      watching: () => undefined,
      unchanged: () => void told.push('unchanged'),
      pulled: (_, { model, added, replaced, removed }) =>
        void told.push(`pulled ${model} +${added.join()} ~${replaced.join()} -${removed.join()}`),
      refused: (_, { model, fault }) => void told.push(`refused ${model} ${fault}`),
      unreadable: (_, fault) => void told.push(`unreadable ${fault}`),
      current: () => void told.push('current'),
      asked: () => undefined,
    },
    ...settings,
  });
  /** Resolves when the next look has been taken in. */
  const look = async (): Promise<void> => {
    const before = told.length;
    clock.advance(POLL_MS);
    while (told.length === before || clock.pending === 0)
      await new Promise((resolve) => setImmediate(resolve));
  };
  return { watch, source, told, clock, look };
}

t.test('models are pulled before anything is served, and again when they change', async (t) => {
  const place = placeOf(t);
  writeVersion(place.from, 1, 1);
  await pushed(place.archive, place.from);
  const { watch, told, look } = watchOf(place);
  await watch.begin();
  t.same(told, ['pulled net +1 ~ -', 'current']);
  const changed: string[] = [];
  watch.start(async (names) => void changed.push(...names));
  await look();
  t.same(told.slice(2), ['unchanged']);
  writeVersion(place.from, 1, 2);
  await pushed(place.archive, place.from);
  await look();
  t.same(told.slice(3), ['pulled net + ~1 -', 'current']);
  t.same(changed, ['net']);
  await watch.stop();
});

t.test('while the store is down, at the start or later, what was pulled before is served', async (t) => {
  const place = placeOf(t);
  writeVersion(place.from, 1, 1);
  await pushed(place.archive, place.from);
  const first = watchOf(place);
  await first.watch.begin();
  await first.watch.stop();
  const { watch, source, told, look } = watchOf(place);
  source.down = true;
  await watch.begin();
  watch.start(async () => undefined);
  await look();
  t.same(told, ['unreadable unreachable', 'unreadable unreachable']);
  t.same(readFileSync(join(place.to, 'net/1/model.onnx')), affine('N', 1).file);
  source.down = false;
  await look();
  t.same(told.slice(2), ['current']);
  await watch.stop();
});

t.test('with nothing to fall back on, a store that is down is said to be', async (t) => {
  const { watch, source, told } = watchOf(placeOf(t));
  source.down = true;
  await t.rejects(watch.begin(), { fault: 'unreachable', message: /down/ });
  t.same(told, ['unreadable unreachable']);
  await watch.stop();
});

t.test('a store that was emptied takes nothing away; a model that was taken out of it does', async (t) => {
  const place = placeOf(t);
  writeVersion(place.from, 1, 1);
  writeVersion(place.from, 2, 1);
  await pushed(place.archive, place.from);
  const { watch, told, look } = watchOf(place);
  await watch.begin();
  watch.start(async () => undefined);
  await remove(place.archive, 'net', '1');
  await look();
  t.same(told.slice(2), ['pulled net + ~ -1', 'current']);
  await remove(place.archive, 'net');
  await look();
  t.same(told.slice(4), ['unreadable missing']);
  t.ok(readFileSync(join(place.to, 'net/2/model.onnx')));
  await watch.stop();
});

t.test('what could not be pulled is tried again at the next look', async (t) => {
  const place = placeOf(t);
  writeVersion(place.from, 1, 1);
  await pushed(place.archive, place.from);
  const { watch, told, look } = watchOf(place);
  await watch.begin();
  watch.start(async () => undefined);
  writeVersion(place.from, 1, 2);
  await pushed(place.archive, place.from);
  const { sha256 } = (await place.archive.read()).index.models['net']!.versions['1']!.files[0]!;
  rmSync(join(place.base, 'store/blobs/net', `sha256-${sha256}`));
  await look();
  await look();
  t.same(told.slice(2), ['refused net missing', 'refused net missing']);
  t.same(readFileSync(join(place.to, 'net/1/model.onnx')), affine('N', 1).file);
  await watch.stop();
});

t.test('what was damaged here is put right, and only what is wanted is pulled', async (t) => {
  const place = placeOf(t);
  writeVersion(place.from, 1, 1);
  writeVersion(place.from, 2, 2);
  await pushed(place.archive, place.from);
  const wanted = [{ model: 'net', version: '2', digest: undefined }];
  const { watch, told } = watchOf(place, { wanted });
  await watch.begin();
  await watch.stop();
  t.same(told, ['pulled net +2 ~ -', 'current']);
  const { writeFileSync } = await import('node:fs');
  writeFileSync(join(place.to, 'net/2/model.onnx'), 'damaged');
  const again = watchOf(place, { wanted });
  await again.watch.begin();
  t.same(again.told, ['pulled net + ~2 -', 'current']);
  await again.watch.stop();
});

t.test('a store that does not answer at the start holds nobody up who has something to serve', async (t) => {
  const place = placeOf(t);
  writeVersion(place.from, 1, 1);
  await pushed(place.archive, place.from);
  const first = watchOf(place);
  await first.watch.begin();
  await first.watch.stop();
  class Silent extends ArchiveSource {
    override offer(_known?: string, signal?: AbortSignal): ReturnType<ArchiveSource['offer']> {
      return new Promise((_, reject) =>
        signal!.addEventListener('abort', () => reject(signal!.reason as Error)),
      );
    }
  }
  const { watch, told, clock } = watchOf(place, { source: new Silent(place.archive) });
  let isServing = false;
  void watch.begin().then(() => (isServing = true));
  while (!isServing) {
    clock.advance(1000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.same(told, ['unreadable unreachable']);
  await watch.stop();
});
