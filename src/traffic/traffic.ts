/**
 * Which version answers a request, and what is learned from the answer. Versions are looked up in the catalogue for each
 * request: they come and go while others serve.
 */
import type { EntryOutcome } from '../batcher/entry.ts';
import { ERRORS, type ErrorCode } from '../errors.ts';
import type { BatchOutcome } from '../pool/held.ts';
import type { Catalogue } from '../serving/catalogue.ts';
import type { ModelVersion } from '../serving/model-version.ts';
import type { TrafficEvents } from '../telemetry/events/traffic.ts';
import type { Payload } from '../thread/payload.ts';
import type { Counts } from './counts.ts';
import { route, versionOf, type Routed } from './route.ts';
import type { KeptHeaders, ModelTraffic } from './model-traffic.ts';
import { compare } from './shadow/comparison.ts';
import type { ShadowQueue } from './shadow/queue.ts';
import type { TrafficTable } from './traffic-table.ts';

/** How a request ended, as far as it says something about the version. */
export type Ended = 'answered' | ErrorCode | 'left';

/** Told what becomes of a request. */
export interface Follower {
  /** It was run, and is answered next. */
  ran(payloads: readonly Payload[], outcomes: readonly EntryOutcome[]): void;
  /** Called once, while the memory of its body is still the request's own. */
  ended(how: Ended): void;
}

export interface Followed extends Routed {
  /** Undefined: nothing is to be learned from it. */
  readonly follower?: Follower | undefined;
}

/** Errors with a status of a server that say nothing about the version: too much work, or another server's fault. */
const NOT_ITS_FAULT = new Set<ErrorCode>([
  'OVERLOADED',
  'QUEUE_FULL',
  'DRAINING',
  'MODEL_LOADING',
  'URL_FAILED',
  'URL_TIMEOUT',
]);

export const isItsFault = (code: ErrorCode): boolean =>
  ERRORS[code].status >= 500 && !NOT_ITS_FAULT.has(code);

export interface TrafficParts {
  readonly catalogue: Catalogue;
  readonly table: TrafficTable;
  readonly shadows: ShadowQueue;
  readonly events: TrafficEvents;
  /** From 0 up to, and without, 1. */
  readonly random: () => number;
}

export class Traffic {
  readonly #parts: TrafficParts;

  constructor(parts: TrafficParts) {
    this.#parts = parts;
  }

  /** Names of the headers that route() wants to see, in lower case. */
  get headers(): readonly string[] {
    return this.#parts.table.headers;
  }

  /** See route.ts. `kept`: the headers of `headers` that the request has. @throws ServingError MODEL_NOT_FOUND */
  route(name: string, wanted: string | undefined, kept: KeptHeaders | undefined): Followed {
    const { catalogue, table, random, events } = this.#parts;
    let traffic: ModelTraffic | undefined;
    const routed = route(catalogue, name, wanted, (model) => {
      traffic = table.of(model);
      return traffic?.choose(kept, random);
    });
    if (traffic === undefined) return routed;
    events.routed(routed.version.labels, routed.reason);
    return { ...routed, follower: this.#follow(traffic, routed) };
  }

  #follow(traffic: ModelTraffic, { version, reason }: Routed): Follower {
    let ran: { payloads: readonly Payload[]; outcomes: readonly EntryOutcome[] } | undefined;
    return {
      ran: (payloads, outcomes) => (ran = { payloads, outcomes }),
      ended: (how) => {
        if (reason === 'split') count(traffic, version, how, ran && slowest(ran.outcomes));
        if (how !== 'answered' || ran === undefined) return;
        for (const { name, fraction } of traffic.shadows) {
          if (fraction < 1 && this.#parts.random() >= fraction) continue;
          this.#copy(traffic, name, version, ran);
        }
      },
    };
  }

  #copy(
    traffic: ModelTraffic,
    name: string,
    live: ModelVersion,
    ran: { readonly payloads: readonly Payload[]; readonly outcomes: readonly EntryOutcome[] },
  ): void {
    const { catalogue, shadows, events } = this.#parts;
    const named = (): ModelVersion | undefined => {
      const model = catalogue.model(traffic.name);
      return model && versionOf(model, name);
    };
    if (named() === live) return;
    shadows.offer(ran.payloads, {
      live,
      shadow: () => (named()?.state === 'ready' ? named() : undefined),
      done: (version, outcome, index) =>
        compared(traffic, { live, shadow: version, own: ran.outcomes[index]!, outcome }, events),
      dropped(why) {
        const version = named();
        if (version !== undefined) events.copyDropped(version.labels, why);
      },
    });
  }
}

/** Counts a request of a split, since the settings were set and since the last check. */
function count(traffic: ModelTraffic, version: ModelVersion, how: Ended, ms: number | undefined): void {
  for (const counts of [traffic.counts, traffic.window]) {
    if (how === 'answered') {
      if (ms !== undefined) counts.of(version).answered(ms);
    } else if (how !== 'left' && isItsFault(how)) counts.of(version).failed();
  }
}

/** Milliseconds from the queue to the result of the slowest entry: without the body, whose time is the client's. */
function slowest(outcomes: readonly EntryOutcome[]): number | undefined {
  let longest: number | undefined;
  for (const outcome of outcomes) {
    if (outcome.kind !== 'done') continue;
    longest = Math.max(longest ?? 0, outcome.queueMs + workerMs(outcome.batch));
  }
  return longest;
}

const workerMs = (one: { decodeMs: number; inferMs: number; postMs: number }): number =>
  one.decodeMs + one.inferMs + one.postMs;

interface Both {
  readonly live: ModelVersion;
  readonly shadow: ModelVersion;
  readonly own: EntryOutcome;
  readonly outcome: BatchOutcome;
}

function compared(traffic: ModelTraffic, both: Both, events: TrafficEvents): void {
  const { live, shadow, own, outcome } = both;
  // What the live version has refused says nothing about the other.
  if (own.kind !== 'done' || outcome.kind === 'cancelled') return;
  const pairs = [traffic.counts, traffic.window].map((counts: Counts) => counts.ofPair(live, shadow));
  const item = outcome.kind === 'done' ? outcome.items[0] : undefined;
  if (outcome.kind !== 'done' || item === undefined || item.kind === 'failure') {
    for (const pair of pairs) pair.errors++;
    return events.copyFailed(shadow.labels, live.version);
  }
  const [output, other] = [live.signature?.outputs[0], shadow.signature?.outputs[0]];
  const comparable = output?.datatype === other?.datatype ? output : undefined;
  const result = compare(own.result, item, comparable);
  if (result === undefined) return events.copyDropped(shadow.labels, 'other_outputs');
  for (const pair of pairs) pair.compared(result, workerMs(own.batch), workerMs(outcome));
  events.copyCompared(shadow.labels, live.version, { ...result, ms: workerMs(outcome) });
}
