/**
 * One payload that is queued or running, and all requests that wait for its result. A request may leave without the others:
 * only when the last one leaves is the payload given up.
 */
import type { DropReason, EntryOutcome } from '../batcher/entry.ts';
import type { Payload } from '../thread/payload.ts';

/** One request that waits. */
export interface Member {
  readonly payload: Payload;
  /** Clock milliseconds. */
  readonly joinedAt: number;
  /** Called once, unless it leaves. `undefined`: the run failed for a reason that was not its own; it has to queue by itself. */
  settle(outcome: EntryOutcome | undefined): void;
}

/** The place of the payload in a submission. */
export interface Queued {
  giveUp(reason: DropReason): void;
  /** Puts equal bytes in the place of those whose memory is about to be used again. */
  replace(payload: Payload): void;
}

export class Flight {
  readonly #queued: Queued;
  /** The one by whose deadline or objective it was queued. */
  readonly #leader: Member;
  /** The one whose bytes are queued. */
  #bearer: Member;
  readonly #members: Set<Member>;

  constructor(leader: Member, queued: Queued) {
    this.#leader = leader;
    this.#bearer = leader;
    this.#members = new Set([leader]);
    this.#queued = queued;
  }

  join(member: Member): void {
    this.#members.add(member);
  }

  /** Its request has ended, and with it the memory of its payload. */
  leave(member: Member, reason: DropReason): void {
    if (!this.#members.delete(member)) return;
    const [heir] = this.#members;
    if (heir === undefined) return this.#queued.giveUp(reason);
    if (member !== this.#bearer) return;
    this.#bearer = heir;
    this.#queued.replace(heir.payload);
  }

  /** Settles all members. `now`: clock milliseconds. */
  settle(outcome: EntryOutcome, now: number): void {
    const members = [...this.#members];
    this.#members.clear();
    for (const member of members) {
      if (member === this.#leader) member.settle(outcome);
      else member.settle(sharedWith(outcome, now - member.joinedAt));
    }
  }
}

/** What a member that is not the leader gets, when it has waited for that many milliseconds. */
function sharedWith(outcome: EntryOutcome, waitedMs: number): EntryOutcome | undefined {
  if (outcome.kind === 'done') return lastPart(outcome, waitedMs);
  const ofLeader = outcome.kind === 'dropped' || isLate(outcome.failure.code);
  return ofLeader ? undefined : outcome;
}

/** The codes of an entry that could not be run by the time at which its own request needed it. */
const isLate = (code: string): boolean => code === 'DEADLINE_EXCEEDED' || code === 'OVERLOADED';

/** The times of a member that came later: it has waited through the last part of the stages only. */
function lastPart(outcome: Extract<EntryOutcome, { kind: 'done' }>, waitedMs: number): EntryOutcome {
  const { batch } = outcome;
  let leftMs = waitedMs;
  const part = (ms: number): number => {
    const taken = Math.min(ms, leftMs);
    leftMs -= taken;
    return taken;
  };
  const postMs = part(batch.postMs);
  const inferMs = part(batch.inferMs);
  const decodeMs = part(batch.decodeMs);
  return { ...outcome, batch: { ...batch, decodeMs, inferMs, postMs }, queueMs: leftMs };
}
