/**
 * A Lua script in a Redis that several servers share: the one door of ioredis. Calls of one turn of the event loop go out
 * together. No call takes longer than its time limit: when Redis is too slow twice in a row, or gone, or answers what the
 * script does not, calls are refused at once until a trial in the background has gone well.
 */
import { createHash } from 'node:crypto';
import { Redis } from 'ioredis';
import type { Clock } from '../clock.ts';

export interface RedisScript<Reply> {
  readonly lua: string;
  /** Undefined when the script does not answer so. */
  readonly read: (reply: unknown) => Reply | undefined;
  /** A call that writes, and that changes nothing for anybody: the trial. */
  readonly trial: Call;
}

export interface Call {
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

export interface RedisSettings {
  /** redis://user:password@host:port/database; rediss:// with TLS. */
  readonly url: string;
  /** Longest time that a call may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly events: RedisEvents;
}

export interface RedisEvents {
  /** Calls are made. `downMs`: how long they were not. */
  usable(downMs: number): void;
  /** Calls are refused; `reason` has no secret in it. */
  unusable(reason: string): void;
}

interface Pending<Reply> extends Call {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

const TRIAL_EVERY_MS = 500;
/** A connection on which nothing has come back for so long is replaced. */
const STUCK_MS = 2000;
const RECONNECT_MOST_MS = 1000;
/** One slow turn may have been our own. */
const SLOW_IN_A_ROW = 2;

const TOO_SLOW = 'it does not answer in time';
const NOT_THE_SCRIPT = 'it answers what the script does not';

export class SharedScript<Reply> {
  readonly #script: RedisScript<Reply>;
  readonly #sha: string;
  readonly #settings: RedisSettings;
  #client: Redis;
  #pending: Pending<Reply>[] = [];
  #usable = false;
  #told = false;
  #downSince: number;
  #slow = 0;
  /** Of the connection; more than what a call is told. */
  #fault = 'no connection yet';
  #trying = false;
  #notReadySince: number | undefined;
  #stopTrials: () => void;

  constructor(settings: RedisSettings, script: RedisScript<Reply>) {
    this.#settings = settings;
    this.#script = script;
    this.#sha = createHash('sha1').update(script.lua).digest('hex');
    this.#downSince = settings.clock.now();
    this.#client = this.#connect(settings.url);
    this.#stopTrials = settings.clock.after(TRIAL_EVERY_MS, () => this.#trials());
  }

  /** Whether calls are made; false: each would be refused. */
  get usable(): boolean {
    return this.#usable;
  }

  /** @throws Error when there is no answer of the script in time */
  run(keys: Call['keys'], args: Call['args']): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#pending.push({ keys, args, resolve, reject }) === 1) setImmediate(() => this.#send());
    });
  }

  /** Uses another address, or password, from now on. */
  moveTo(url: string): void {
    this.#client.disconnect();
    this.#client = this.#connect(url);
    if (this.#usable) this.#pause();
    this.#told = false;
  }

  close(): void {
    this.#stopTrials();
    this.#usable = false;
    this.#told = true;
    this.#client.disconnect();
  }

  #connect(url: string): Redis {
    const client = new Redis(url, {
      protocol: 2,
      connectTimeout: STUCK_MS,
      enableOfflineQueue: false,
      enableReadyCheck: false,
      // What was sent may have been done: a second time it would be charged twice.
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      disableClientInfo: true,
      // Servers that lost the same Redis do not come back in step.
      retryStrategy: (times) => Math.min(50 * 2 ** times, RECONNECT_MOST_MS) * (0.5 + Math.random() / 2),
    });
    // One that was replaced may have something to say yet.
    const whenUsed = (then: () => void) => (): void => {
      if (client === this.#client) then();
    };
    client.on('error', (error: Error) => (this.#fault = error.message));
    client.on(
      'close',
      whenUsed(() => this.#failed(this.#fault)),
    );
    client.on(
      'ready',
      whenUsed(() => void this.#try()),
    );
    return client;
  }

  #send(): void {
    const client = this.#client;
    const calls = this.#pending;
    this.#pending = [];
    let over = false;
    const fail = (reason: string): void => {
      over = true;
      disarm();
      for (const { reject } of calls) reject(new Error(reason));
    };
    const disarm = this.#settings.clock.after(this.#settings.timeoutMs, () => {
      // When this thread was late itself, the answer may be there and not read yet: that comes before this.
      setImmediate(() => {
        if (over) return;
        fail('Redis is too slow');
        if (client === this.#client && ++this.#slow >= SLOW_IN_A_ROW) this.#failed(TOO_SLOW);
      });
    });
    const pipeline = client.pipeline();
    for (const { keys, args } of calls) pipeline.evalsha(this.#sha, keys.length, ...keys, ...args);
    pipeline.exec().then(
      (results) => {
        if (over) return;
        over = true;
        disarm();
        const fault = this.#settle(calls, results ?? []);
        if (client !== this.#client) return;
        if (fault === undefined) this.#slow = 0;
        else this.#failed(fault);
      },
      (error: unknown) => {
        if (!over) fail(messageOf(error));
      },
    );
  }

  /** Returns what is wrong with a reply. */
  #settle(calls: readonly Pending<Reply>[], results: readonly [Error | null, unknown][]): string | undefined {
    let fault: string | undefined;
    for (const [index, { resolve, reject }] of calls.entries()) {
      const [error, answer] = results[index] ?? [null, undefined];
      const reply = error === null ? this.#script.read(answer) : undefined;
      if (reply !== undefined) resolve(reply);
      else reject(new Error((fault = error?.message ?? NOT_THE_SCRIPT)));
    }
    return fault;
  }

  #failed(reason: string): void {
    if (this.#usable) this.#pause();
    if (!this.#told) this.#settings.events.unusable(reason);
    this.#told = true;
  }

  #pause(): void {
    const { clock } = this.#settings;
    this.#usable = false;
    this.#downSince = clock.now();
    this.#stopTrials = clock.after(TRIAL_EVERY_MS, () => this.#trials());
  }

  #trials(): void {
    const { clock } = this.#settings;
    if (this.#client.status === 'connect') {
      // Connected, but what is said first (the password) is not answered.
      this.#notReadySince ??= clock.now();
      if (clock.now() - this.#notReadySince > STUCK_MS) this.#client.disconnect(true);
    } else this.#notReadySince = undefined;
    if (this.#client.status === 'ready') void this.#try();
    if (!this.#usable) this.#stopTrials = clock.after(TRIAL_EVERY_MS, () => this.#trials());
  }

  /** One at a time; those that are not answered do not pile up in the connection. */
  async #try(): Promise<void> {
    if (this.#trying || this.#usable) return;
    this.#trying = true;
    const client = this.#client;
    const disarm = this.#settings.clock.after(STUCK_MS, () => client.disconnect(true));
    const fault = await this.#trial(client).catch(messageOf);
    disarm();
    this.#trying = false;
    if (client !== this.#client) return;
    if (fault === undefined) this.#recovered();
    else this.#failed(fault);
  }

  /** Returns what is wrong. */
  async #trial(client: Redis): Promise<string | undefined> {
    const { clock, timeoutMs } = this.#settings;
    const sha = await client.script('LOAD', this.#script.lua);
    const sentAt = clock.now();
    const { keys, args } = this.#script.trial;
    const answer = await client.evalsha(this.#sha, keys.length, ...keys, ...args);
    if (sha !== this.#sha || this.#script.read(answer) === undefined) return NOT_THE_SCRIPT;
    return clock.now() - sentAt > timeoutMs ? TOO_SLOW : undefined;
  }

  #recovered(): void {
    this.#stopTrials();
    this.#usable = true;
    this.#told = false;
    this.#slow = 0;
    this.#settings.events.usable(this.#settings.clock.now() - this.#downSince);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
