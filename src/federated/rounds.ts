/**
 * Federated rounds: the operator opens one for a model with the weights that clients begin from, clients send what they
 * would change, the operator closes it, and the mean of the changes is there as new weights. Each client counts once in a
 * round. Memory is bounded by one update and by a block of the aggregation, disk by what the option allows. What a client
 * has sent is on disk before it is told so, is given to nobody, and is removed with the end of its round. While the disk is
 * full or fails every call throws ROUNDS_UNAVAILABLE, and what was there before still holds.
 */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isOfDisk } from '../disk/disk-error.ts';
import { ServingError } from '../errors.ts';
import type { FederatedEvents } from '../telemetry/events/federated.ts';
import type { SafeTensor } from '../tensor/safetensors.ts';
import type { Aggregated, AggregationTask } from '../thread/aggregation.ts';
import { offsetOf, RoundFolder, sha256, type RoundRecord, type TakenUpdate } from './round-folder.ts';
import type { Opening } from './settings.ts';
import { elementsIn, floatsIn, tensorsOf, updateIn } from './weights.ts';

/** Rounds of a model that are kept beside the one that is open. */
const KEPT_ROUNDS = 5;
const FLOAT_BYTES = 4;
/** Of a file beside its floats. */
const HEADER_BYTES = 64 * 1024;

export interface RoundsSettings {
  /** Made when it is first needed. */
  readonly folder: string;
  /** Most bytes that an open round may come to take on disk. */
  readonly maxDiskBytes: number;
  readonly aggregate: (task: AggregationTask) => Promise<Aggregated>;
  readonly events: FederatedEvents;
  readonly now: () => Date;
}

export interface RoundFacts extends RoundRecord {
  /** Of which updates were taken. */
  readonly clients: number;
  readonly samples: number;
}

/** What became of an update. */
export interface Receipt {
  /** Whether the same was taken before. */
  readonly repeated: boolean;
  readonly clients: number;
  /** What it counts for. */
  readonly samples: number;
}

interface Open {
  readonly folder: RoundFolder;
  record: RoundRecord;
  /** By client. */
  readonly updates: Map<string, TakenUpdate>;
}

export class Rounds {
  readonly #settings: RoundsSettings;
  /** By model: its rounds by number, read when it is first asked for. */
  readonly #known = new Map<string, Promise<Map<number, Open>>>();
  /** By model: the last thing that was begun, which the next one waits for. */
  readonly #last = new Map<string, Promise<unknown>>();

  constructor(settings: RoundsSettings) {
    this.#settings = settings;
  }

  /** Of a model, oldest first. */
  async list(model: string): Promise<readonly RoundFacts[]> {
    return [...(await this.#roundsOf(model)).values()].map(factsOf);
  }

  /** @throws ServingError ROUND_NOT_FOUND */
  async show(model: string, round: number): Promise<RoundFacts> {
    return factsOf(await this.#find(model, round));
  }

  /** The file of the weights that clients begin from. @throws ServingError ROUND_NOT_FOUND */
  async weights(model: string, round: number): Promise<Buffer> {
    return readFile((await this.#find(model, round)).folder.base).catch(unavailable);
  }

  /** The new weights. @throws ServingError ROUND_NOT_FOUND, or ROUND_OPEN before there are any */
  async aggregate(model: string, round: number): Promise<Buffer> {
    const { record, folder } = await this.#find(model, round);
    if (record.state === 'aggregated') return readFile(folder.aggregate).catch(unavailable);
    throw new ServingError('ROUND_OPEN', `Round ${round} is ${record.state}: it has no result.`);
  }

  /**
   * Opens the next round of a model. `bytes`: the weights that clients begin from; they are copied.
   * @throws ServingError UPDATE_REFUSED for weights that are none, ROUND_OPEN while another one is open, BAD_QUERY when it
   * may take too much disk
   */
  open(model: string, { version, settings }: Opening, bytes: Uint8Array): Promise<RoundFacts> {
    const { tensors } = floatsIn(Uint8Array.from(bytes));
    const shapes = tensors.map(({ name, shape }) => ({ name, shape }));
    this.#requireRoom(elementsIn(shapes), settings.maxClients);
    return this.#inTurn(model, async (rounds) => {
      const open = [...rounds.values()].find(({ record }) => record.state === 'open');
      if (open !== undefined)
        throw new ServingError(
          'ROUND_OPEN',
          `Round ${open.record.round} of ${model} is open: close it first.`,
        );
      const round = Math.max(0, ...rounds.keys()) + 1;
      const openedAt = this.#settings.now().toISOString();
      const opening = { model, round, version, settings, tensors: shapes, openedAt };
      const record: RoundRecord = { ...opening, state: 'open' };
      await prune(rounds);
      const folder = new RoundFolder(join(this.#settings.folder, model, String(round)));
      await folder.create(record, tensors);
      const opened = { folder, record, updates: new Map<string, TakenUpdate>() };
      rounds.set(round, opened);
      this.#settings.events.opened(model, round, version);
      return factsOf(opened);
    });
  }

  /**
   * Takes the update of a client. The same once more is told so. `who`: what the client is known by.
   * @throws ServingError ROUND_NOT_FOUND, ROUND_CLOSED, ROUND_FULL, UPDATE_EXISTS for another one of the same client, or
   * UPDATE_REFUSED for what has another shape, or is not finite
   */
  async add(model: string, round: number, who: string, samples: number, bytes: Uint8Array): Promise<Receipt> {
    const { events } = this.#settings;
    const { record } = await this.#find(model, round);
    requireOpen(record);
    // The memory of a body is its request's, which may end before this is over.
    const own = Uint8Array.from(bytes);
    try {
      const { tensors, norm } = updateIn(own, record.tensors);
      const update = { client: sha256(who), digest: sha256(own), norm, samples };
      return await this.#inTurn(model, () => this.#take(model, round, update, tensors));
    } catch (error) {
      if (error instanceof ServingError) events.refused(model);
      throw error;
    }
  }

  /**
   * Closes a round and adds the mean of its updates to the weights; `abandon`: throws them away instead. A round that is
   * closed stays as it is.
   * @throws ServingError ROUND_NOT_FOUND, or TOO_FEW_UPDATES, when it stays open
   */
  close(model: string, round: number, abandon: boolean): Promise<RoundFacts> {
    return this.#inTurn(model, async (rounds) => {
      const found = await this.#find(model, round, rounds);
      const { state } = found.record;
      if (state !== 'open') {
        await found.folder.removeUpdates(); // The disk may have refused it the first time.
        return factsOf(found);
      }
      const closedAt = this.#settings.now().toISOString();
      const startedAt = performance.now();
      if (abandon) {
        const abandoned = { ...found.record, state: 'abandoned', closedAt } as const;
        await found.folder.record(abandoned);
        found.record = abandoned;
      } else await this.#aggregate(found, closedAt);
      found.updates.clear();
      await found.folder.removeUpdates();
      this.#settings.events.closed(model, round, found.record.state, performance.now() - startedAt);
      return factsOf(found);
    });
  }

  async #take(
    model: string,
    round: number,
    update: Omit<TakenUpdate, 'file' | 'offset'>,
    tensors: readonly SafeTensor[],
  ): Promise<Receipt> {
    const { events } = this.#settings;
    const { record, folder, updates } = await this.#find(model, round);
    requireOpen(record);
    const counted = Math.min(update.samples, record.settings.maxSamples);
    const before = updates.get(update.client);
    const repeated = before !== undefined;
    if (repeated && (before.digest !== update.digest || before.samples !== counted))
      throw new ServingError('UPDATE_EXISTS', 'The caller has sent another update in this round.');
    if (!repeated) {
      if (updates.size >= record.settings.maxClients)
        throw new ServingError('ROUND_FULL', `The round has its ${record.settings.maxClients} updates.`);
      updates.set(update.client, await folder.addUpdate(tensors, { ...update, samples: counted }));
    }
    events.taken(model, repeated, updates.size);
    return { repeated, clients: updates.size, samples: counted };
  }

  async #aggregate(found: Open, closedAt: string): Promise<void> {
    const { record, folder } = found;
    const { settings, tensors } = record;
    const updates = [...found.updates.values()];
    if (updates.length < settings.minClients) {
      const message = `The round has ${updates.length} updates and needs ${settings.minClients}; it stays open.`;
      throw new ServingError('TOO_FEW_UPDATES', message);
    }
    const base = await readFile(folder.base);
    const { weights, ...facts } = await this.#settings.aggregate({
      updates: updates.map(({ file, offset, norm, samples }) => ({ file, offset, norm, samples })),
      elements: elementsIn(tensors),
      method: settings.method,
      trim: settings.trim,
      clip: settings.clip,
      base: { file: folder.base, offset: offsetOf(base) },
    });
    const result = { clients: updates.length, samples: samplesIn(updates), ...facts };
    const aggregated = { ...record, state: 'aggregated', closedAt, result } as const;
    await folder.writeAggregate(tensorsOf(weights, tensors), aggregated);
    found.record = aggregated;
  }

  #requireRoom(elements: number, clients: number): void {
    const bytes = (clients + 2) * (elements * FLOAT_BYTES + HEADER_BYTES);
    const { maxDiskBytes } = this.#settings;
    if (bytes <= maxDiskBytes) return;
    const message = `With ${clients} clients the round may take ${bytes} bytes of disk, and federatedDiskBytes allows ${maxDiskBytes}: take fewer clients or tensors.`;
    throw new ServingError('BAD_QUERY', message, { pointer: '/max_clients' });
  }

  async #find(model: string, round: number, among?: Map<number, Open>): Promise<Open> {
    const found = (among ?? (await this.#roundsOf(model))).get(round);
    if (found !== undefined) return found;
    throw new ServingError('ROUND_NOT_FOUND', `There is no round ${round} of ${model}.`);
  }

  #roundsOf(model: string): Promise<Map<number, Open>> {
    let known = this.#known.get(model);
    if (known === undefined) {
      known = this.#read(model).catch(unavailable);
      this.#known.set(model, known);
      known.catch(() => this.#known.delete(model)); // It may be readable later.
    }
    return known;
  }

  async #read(model: string): Promise<Map<number, Open>> {
    const folder = join(this.#settings.folder, model);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const numbers = (await readdir(folder)).filter((name) => /^[1-9]\d{0,8}$/.test(name)).map(Number);
    const rounds = new Map<number, Open>();
    for (const round of numbers.toSorted((a, b) => a - b)) {
      const one = new RoundFolder(join(folder, String(round)));
      const record = await one.read();
      if (record === undefined) await one.remove();
      else {
        const updates = record.state === 'open' ? await one.updates() : [];
        const byClient = new Map(updates.map((update) => [update.client, update]));
        rounds.set(round, { folder: one, record, updates: byClient });
      }
    }
    return rounds;
  }

  /** What changes the rounds of a model, one after the other. */
  #inTurn<T>(model: string, change: (rounds: Map<number, Open>) => Promise<T>): Promise<T> {
    const before = this.#last.get(model) ?? Promise.resolve();
    const run = before
      .then(() => this.#roundsOf(model))
      .then(change)
      .catch(unavailable);
    this.#last.set(
      model,
      run.catch(() => undefined),
    );
    return run;
  }
}

/** @throws ServingError ROUNDS_UNAVAILABLE for an error of the disk; any other as it is */
function unavailable(cause: unknown): never {
  if (!isOfDisk(cause)) throw cause;
  throw new ServingError('ROUNDS_UNAVAILABLE', 'The files of the round cannot be read or written now.', {
    cause,
  });
}

function requireOpen({ round, state }: RoundRecord): void {
  if (state !== 'open')
    throw new ServingError('ROUND_CLOSED', `Round ${round} is ${state}: it takes no updates any more.`);
}

const samplesIn = (updates: readonly TakenUpdate[]): number =>
  updates.reduce((sum, { samples }) => sum + samples, 0);

const factsOf = ({ record, updates }: Open): RoundFacts => ({
  ...record,
  clients: record.result?.clients ?? updates.size,
  samples: record.result?.samples ?? samplesIn([...updates.values()]),
});

/** Removes the oldest rounds that are closed. */
async function prune(rounds: Map<number, Open>): Promise<void> {
  const closed = [...rounds].filter(([, { record }]) => record.state !== 'open');
  for (const [round, { folder }] of closed.slice(0, Math.max(0, closed.length - KEPT_ROUNDS))) {
    await folder.remove();
    rounds.delete(round);
  }
}
