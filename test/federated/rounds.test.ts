/** A round from its opening to its aggregate, on disk, with the real thread; and what it refuses. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { aggregate } from '../../src/federated/aggregation.ts';
import { sha256 } from '../../src/federated/round-folder.ts';
import { Rounds, type RoundsSettings } from '../../src/federated/rounds.ts';
import { openingOf } from '../../src/federated/settings.ts';
import { readSafetensors, writeSafetensors } from '../../src/tensor/safetensors.ts';
import { tensor } from './fixtures/tensor.ts';

const file = (b: readonly [number, number], w: readonly [number, number] = [0, 0]): Buffer =>
  writeSafetensors([tensor('w', [1, 2], ...w), tensor('b', [2], ...b)]);
const BASE = file([10, 20], [30, 40]);

function roundsIn(folder: string, changed: Partial<RoundsSettings> = {}) {
  const told: string[] = [];
  const rounds = new Rounds({
    folder,
    maxDiskBytes: 64 * 1024 * 1024,
    aggregate,
    now: () => new Date(0),
    events: {
      opened: (model: string, round: number) => told.push(`opened ${model} ${round}`),
      taken: (_: string, repeated: boolean, clients: number) =>
        told.push(`${repeated ? 'repeated' : 'taken'} ${clients}`),
      refused: () => told.push('refused'),
      closed: (_: string, round: number, outcome: string) => told.push(`closed ${round} ${outcome}`),
    } as unknown as RoundsSettings['events'],
    ...changed,
  });
  return { rounds, told, folder };
}
const made = (t: Test, changed: Partial<RoundsSettings> = {}) =>
  roundsIn(join(t.testdir(), 'rounds'), changed);
const opening = (query = '') => openingOf(`version=1&clip=none${query}`);

/** The numbers of the aggregate: b, then w. */
async function resultOf(rounds: Rounds, round = 1): Promise<number[]> {
  const { tensors } = readSafetensors(await rounds.aggregate('m', round));
  return tensors.flatMap(({ data }) => [...new Float32Array(Uint8Array.from(data).buffer)]);
}

t.test('the mean of the updates, by samples, is added to the weights', async (t) => {
  const { rounds, told } = made(t);
  await rounds.open('m', opening(), BASE);
  await rounds.add('m', 1, 'ann', 100, file([1, 4], [0, 2]));
  t.match(await rounds.add('m', 1, 'bob', 300, file([5, 0], [4, 2])), {
    clients: 2,
    samples: 300,
    repeated: false,
  });
  const closed = await rounds.close('m', 1, false);
  t.match(closed, { state: 'aggregated', clients: 2, samples: 400, result: { clipped: 0, trimmed: 0 } });
  t.strictSame(await resultOf(rounds), [14, 21, 33, 42]);
  t.strictSame(told, ['opened m 1', 'taken 1', 'taken 2', 'closed 1 aggregated']);
});

t.test('each update is shortened to the norm, before it is weighed', async (t) => {
  const { rounds } = made(t);
  await rounds.open('m', openingOf('version=1&clip=5'), BASE);
  await rounds.add('m', 1, 'ann', 1, file([3, 4]));
  await rounds.add('m', 1, 'bob', 1, file([60, 80]));
  t.match(await rounds.close('m', 1, false), { result: { clippedTo: 5, clipped: 1, norm: 5 } });
  t.strictSame(await resultOf(rounds), [13, 24, 30, 40]);
});

t.test('by default the norm is the median of the norms', async (t) => {
  const { rounds } = made(t);
  await rounds.open('m', openingOf('version=1'), BASE);
  for (const [who, size] of [
    ['a', 1],
    ['b', 2],
    ['c', 900],
  ] as const)
    await rounds.add('m', 1, who, 1, file([size, 0]));
  t.match(await rounds.close('m', 1, false), { result: { clippedTo: 2, clipped: 1 } });
  t.ok(Math.abs((await resultOf(rounds))[0]! - (10 + 5 / 3)) < 1e-5);
});

t.test('a poisoned client is bounded by the trimmed mean, whatever it claims', async (t) => {
  const honest = [0.9, 1, 1.1, 1.05];
  const { rounds } = made(t);
  await rounds.open('m', opening('&method=trimmed-mean&trim=0.2'), BASE);
  for (const [index, value] of honest.entries())
    await rounds.add('m', 1, `client ${index}`, 50, file([value, value]));
  await rounds.add('m', 1, 'poisoned', 1_000_000, file([-1e6, 1e6]));
  t.match(await rounds.close('m', 1, false), { result: { trimmed: 1 } });
  const [first, second] = await resultOf(rounds);
  t.ok(first! >= 10.9 && first! <= 11.1, `${first}`);
  t.ok(second! >= 20.9 && second! <= 21.1, `${second}`);

  await rounds.open('m', opening(), BASE);
  for (const [index, value] of honest.entries())
    await rounds.add('m', 2, `client ${index}`, 50, file([value, value]));
  await rounds.add('m', 2, 'poisoned', 1_000_000, file([-1e6, 1e6]));
  await rounds.close('m', 2, false);
  t.ok((await resultOf(rounds, 2))[0]! < -1e5, 'the plain mean is not');
});

t.test('no client counts for more samples than the round allows', async (t) => {
  const { rounds } = made(t);
  await rounds.open('m', opening('&max_samples=10'), BASE);
  t.match(await rounds.add('m', 1, 'ann', 1_000_000, file([2, 0])), { samples: 10 });
  await rounds.add('m', 1, 'bob', 10, file([4, 0]));
  await rounds.close('m', 1, false);
  t.equal((await resultOf(rounds))[0], 13);
});

t.test('the same update once more counts once, another one of the same client is refused', async (t) => {
  const { rounds, told } = made(t);
  await rounds.open('m', opening(), BASE);
  await rounds.add('m', 1, 'ann', 5, file([1, 1]));
  t.match(await rounds.add('m', 1, 'ann', 5, file([1, 1])), { repeated: true, clients: 1 });
  await t.rejects(rounds.add('m', 1, 'ann', 5, file([1, 2])), { code: 'UPDATE_EXISTS' });
  await t.rejects(rounds.add('m', 1, 'ann', 6, file([1, 1])), { code: 'UPDATE_EXISTS' });
  t.strictSame(told.slice(1), ['taken 1', 'repeated 1', 'refused', 'refused']);
});

t.test('updates at the same time are all counted, and the round is never over-full', async (t) => {
  const { rounds } = made(t);
  await rounds.open('m', opening('&max_clients=4'), BASE);
  const sent = Array.from({ length: 7 }, (_, index) =>
    rounds.add('m', 1, `client ${index}`, 1, file([index, 0])),
  );
  const settled = await Promise.allSettled(sent);
  t.equal(settled.filter(({ status }) => status === 'fulfilled').length, 4);
  t.match(settled.at(-1), { reason: { code: 'ROUND_FULL' } });
  t.match(await rounds.show('m', 1), { clients: 4 });
});

t.test('a round that another server has left is gone on with, without what was cut off', async (t) => {
  const { rounds, folder } = made(t);
  await rounds.open('m', opening(), BASE);
  await rounds.add('m', 1, 'ann', 5, file([1, 0]));
  writeFileSync(join(folder, 'm/1/updates/half.safetensors.part'), 'half');
  const next = roundsIn(folder).rounds;
  t.match(await next.show('m', 1), { state: 'open', clients: 1, samples: 5 });
  t.match(await next.add('m', 1, 'ann', 5, file([1, 0])), { repeated: true });
  await next.add('m', 1, 'bob', 5, file([3, 0]));
  await next.close('m', 1, false);
  t.equal((await resultOf(next))[0], 12);
  t.notOk(existsSync(join(folder, 'm/1/updates')), 'what clients have sent is gone');
  t.match(await roundsIn(folder).rounds.show('m', 1), { state: 'aggregated', clients: 2, samples: 10 });
});

t.test('what clients have sent is named after nobody, and is for the user of the server alone', async (t) => {
  const { rounds, folder } = made(t);
  await rounds.open('m', opening(), BASE);
  await rounds.add('m', 1, 'key ann', 5, file([1, 0]));
  const [name] = readdirSync(join(folder, 'm/1/updates'));
  t.match(name, /^[0-9a-f]{64}\.safetensors$/);
  t.notMatch(readFileSync(join(folder, 'm/1/updates', name!)).toString('latin1'), /ann/);
});

t.test('a round that cannot be closed stays open; one that is closed stays as it is', async (t) => {
  const { rounds } = made(t);
  await rounds.open('m', opening('&min_clients=2'), BASE);
  await rounds.add('m', 1, 'ann', 5, file([1, 0]));
  await t.rejects(rounds.close('m', 1, false), { code: 'TOO_FEW_UPDATES' });
  await t.rejects(rounds.aggregate('m', 1), { code: 'ROUND_OPEN' });
  await t.rejects(rounds.open('m', opening(), BASE), { code: 'ROUND_OPEN' });
  t.match(await rounds.close('m', 1, true), { state: 'abandoned' });
  t.match(await rounds.close('m', 1, false), { state: 'abandoned' }, 'once more');
  await t.rejects(rounds.add('m', 1, 'bob', 5, file([1, 0])), { code: 'ROUND_CLOSED' });
  await t.rejects(rounds.aggregate('m', 1), { code: 'ROUND_OPEN' });
  await t.rejects(rounds.show('m', 2), { code: 'ROUND_NOT_FOUND' });
  t.match(await rounds.open('m', opening(), BASE), { round: 2 });
});

t.test('an aggregation that fails leaves the round open with its updates', async (t) => {
  let fails = true;
  const { rounds } = made(t, {
    aggregate: (task) => (fails ? Promise.reject(new Error('no memory')) : aggregate(task)),
  });
  await rounds.open('m', opening(), BASE);
  for (const who of ['ann', 'bob']) await rounds.add('m', 1, who, 5, file([1, 0]));
  await t.rejects(rounds.close('m', 1, false), { message: 'no memory' });
  fails = false;
  t.match(await rounds.close('m', 1, false), { state: 'aggregated', clients: 2 });
});

/** Every write to the file fails with ENOSPC, once: the file is removed then. */
const fill = (file: string): void => symlinkSync('/dev/full', file + '.part');
const UNAVAILABLE = { code: 'ROUNDS_UNAVAILABLE', status: 503, retryable: true };

t.test(
  'on a full disk nothing counts and nothing is lost, and all goes on when there is room',
  { skip: !existsSync('/dev/full') },
  async (t) => {
    const { rounds, folder } = made(t);
    const round = join(folder, 'm/1');
    await rounds.open('m', opening(), BASE);
    await rounds.add('m', 1, 'ann', 5, file([1, 0]));
    fill(join(round, `updates/${sha256('bob')}.safetensors`));
    await t.rejects(rounds.add('m', 1, 'bob', 5, file([3, 0])), UNAVAILABLE);
    t.match(await rounds.show('m', 1), { clients: 1 });
    t.match(await rounds.add('m', 1, 'bob', 5, file([3, 0])), { repeated: false, clients: 2 });

    for (const name of ['aggregate.safetensors', 'round.json']) {
      fill(join(round, name));
      await t.rejects(rounds.close('m', 1, false), UNAVAILABLE, name);
      t.match(await rounds.show('m', 1), { state: 'open', clients: 2 });
      t.match(await roundsIn(folder).rounds.show('m', 1), { state: 'open', clients: 2 }, 'on disk too');
    }
    fill(join(round, 'round.json'));
    await t.rejects(rounds.close('m', 1, true), UNAVAILABLE, 'to give it up needs a file too');
    t.match(await rounds.show('m', 1), { state: 'open' });
    t.match(await rounds.close('m', 1, false), { state: 'aggregated', clients: 2 });
    t.equal((await resultOf(rounds))[0], 12);
  },
);

t.test('a folder that cannot be read or written is told of, and used again when it can', async (t) => {
  const { rounds, folder } = made(t);
  writeFileSync(folder, 'in its place');
  await t.rejects(rounds.list('m'), UNAVAILABLE);
  await t.rejects(rounds.open('m', opening(), BASE), UNAVAILABLE);
  await t.rejects(rounds.add('m', 1, 'ann', 5, file([1, 0])), UNAVAILABLE);
  rmSync(folder);
  t.match(await rounds.open('m', opening(), BASE), { round: 1 });
  rmSync(join(folder, 'm/1/base.safetensors'));
  await t.rejects(rounds.weights('m', 1), UNAVAILABLE);
});

t.test('updates that the disk did not let go are removed when the round is closed once more', async (t) => {
  const { rounds, folder } = made(t);
  await rounds.open('m', opening(), BASE);
  await rounds.close('m', 1, true);
  mkdirSync(join(folder, 'm/1/updates'));
  await rounds.close('m', 1, true);
  t.notOk(existsSync(join(folder, 'm/1/updates')));
});

t.test('a round that might take too much disk is not opened', async (t) => {
  const { rounds } = made(t, { maxDiskBytes: 1024 * 1024 });
  await t.rejects(async () => rounds.open('m', opening('&max_clients=100'), BASE), {
    code: 'BAD_QUERY',
    pointer: '/max_clients',
  });
  t.match(await rounds.open('m', opening('&max_clients=10'), BASE), { round: 1 });
});

t.test('of closed rounds the last five are kept', async (t) => {
  const { rounds, folder } = made(t);
  for (let round = 1; round <= 7; round++) {
    await rounds.open('m', opening(), BASE);
    await rounds.close('m', round, true);
  }
  await rounds.open('m', opening(), BASE);
  t.strictSame(
    (await rounds.list('m')).map(({ round }) => round),
    [3, 4, 5, 6, 7, 8],
  );
  t.strictSame(
    readdirSync(join(folder, 'm')).toSorted((a, b) => Number(a) - Number(b)),
    ['3', '4', '5', '6', '7', '8'],
  );
});

t.test('weights of many blocks are aggregated as one', async (t) => {
  const { rounds } = made(t, { maxDiskBytes: 128 * 1024 * 1024 });
  const count = 300_000;
  const large = (value: number): Buffer => {
    const data = new Uint8Array(new Float32Array(count).fill(value).buffer);
    return writeSafetensors([{ name: 'w', dtype: 'F32', shape: [count], data }]);
  };
  await rounds.open('m', opening('&method=trimmed-mean&trim=0.4&max_clients=40'), large(1));
  for (let client = 0; client < 40; client++) await rounds.add('m', 1, `${client}`, 1, large(client));
  await rounds.close('m', 1, false);
  const result = await resultOf(rounds);
  t.equal(result.length, count);
  t.ok(result.every((value) => value === 1 + 19.5));
});
