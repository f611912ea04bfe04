/**
 * One request and its one response. However a request ends, it ends here and exactly once: answered, failed
 * (bad input, refusal, expired deadline, dead worker, draining, fault: all are error answers), or abandoned by
 * its client. Whatever the request holds is given back by the callbacks of onEnd.
 *
 * After the end or an abort the native response must not be touched: uWebSockets.js throws.
 */
import type { ByteBudget } from '../admission/budget.ts';
import type { Clock } from '../clock.ts';
import { faultOf, ServingError } from '../errors.ts';
import type { Identity } from '../guard/identity.ts';
import type { RequestEvents } from '../telemetry/events/clients/requests.ts';
import type { RequestEnd } from '../telemetry/log/request-line.ts';
import type { RequestTrace } from '../telemetry/trace/request-trace.ts';
import { compressedAnswer, type Answer } from './answer/answer.ts';
import { IncomingBody, type TakeChunk } from './body/incoming.ts';
import { answerCoding, compress } from './answer/compress.ts';
import { encodeError } from './answer/error-body.ts';
import type { RequestHead } from './head.ts';
import type { FixedHeaders } from './headers/security.ts';
import { labelOf } from './method.ts';
import { isLoopback } from './connection/loopback.ts';
import type { RouteFacts } from './route-facts.ts';
import { writeAnswer } from './answer/write.ts';
import type { HttpResponse } from './addon/uws.ts';

type Headers = readonly (readonly [string, string])[];

/** How a request ended; the callbacks of onEnd receive it. */
export type Ending = 'answered' | 'failed' | 'expired' | 'abandoned';

export interface ExchangeSettings {
  readonly clock: Clock;
  /** Holds the bytes of answers that are not read. */
  readonly budget: ByteBudget;
  readonly events: RequestEvents;
  /** From the first signal on, every answer closes its connection. */
  readonly closesConnections: () => boolean;
  /** Deadline of a request that names none, and the longest that one may name. */
  readonly maxTimeoutMs: number;
  /** Headers of the answer to a page of this origin; empty when it is not allowed. */
  readonly corsHeaders: (origin: string) => Headers;
  /** Headers of every answer. */
  readonly fixedHeaders: FixedHeaders;
}

const NONE: readonly never[] = [];

export class Exchange {
  readonly head: RequestHead;
  readonly arrivedAt: number;
  /** Model that the request is for, once known: error counts are kept by model. */
  model: { readonly model: string; readonly version: string; readonly route?: string } | undefined;
  /** Set when the request is traced; the times of its stages are noted there. */
  readonly trace: RequestTrace | undefined;
  /** Who it is from; undefined where nobody is asked, or nobody said. */
  identity: Identity | undefined;
  readonly #response: HttpResponse;
  readonly #body: IncomingBody;
  readonly #route: RouteFacts;
  readonly #settings: ExchangeSettings;
  readonly #onEnd: ((ending: Ending, error?: ServingError) => void)[] = [];
  #stopDeadline: (() => void) | undefined;
  #deadlineAt: number | undefined;
  /** The shortest time that the client has asked for, from arrival. */
  #askedMs = Infinity;
  /** Headers of the answer, whatever it is. */
  readonly #headers: [...Headers] = [];
  #certificate: string | undefined;
  #ended = false;
  /** The native response may not be used any more. */
  #gone = false;

  constructor(
    response: HttpResponse,
    head: RequestHead,
    route: RouteFacts,
    settings: ExchangeSettings,
    trace?: RequestTrace,
  ) {
    this.head = head;
    this.trace = trace;
    this.arrivedAt = settings.clock.now();
    this.#response = response;
    this.#route = route;
    this.#settings = settings;
    this.#body = new IncomingBody(response, head.contentLength, (bytes) =>
      settings.events.bodyReceived(bytes),
    );
    response.onAborted(() => {
      this.#gone = true;
      this.#abandon();
    });
    settings.events.accepted();
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The client's own deadline, on the clock; undefined when it has set none. */
  get deadlineAt(): number | undefined {
    return this.#deadlineAt;
  }

  /** What is left of the client's own deadline, in milliseconds. */
  get timeLeftMs(): number | undefined {
    return this.#deadlineAt === undefined ? undefined : this.#deadlineAt - this.#settings.clock.now();
  }

  /** Milliseconds since the request arrived. */
  get elapsedMs(): number {
    return this.#settings.clock.now() - this.arrivedAt;
  }

  /**
   * Whether the connection comes from this machine, by its own address: no header is believed. Behind a proxy on this
   * machine it always does. Only while there is no answer yet.
   */
  get fromLoopback(): boolean {
    return isLoopback(this.remoteAddress);
  }

  /** Whether the caller may use a model of that name, for lists of what there is. */
  mayUse(model: string): boolean {
    return this.identity?.models?.has(model) ?? true;
  }

  /** The other end of the connection: 4 or 16 bytes; none once there is an answer. */
  get remoteAddress(): Uint8Array {
    return this.#ended ? new Uint8Array() : new Uint8Array(this.#response.getRemoteAddress());
  }

  /**
   * The certificate that the client has shown, in PEM; empty when it has shown none, or was not asked. Takes 12 us. None
   * once there is an answer.
   */
  get clientCertificate(): string {
    if (this.#ended) return '';
    this.#certificate ??= this.#response.getX509Certificate?.() ?? '';
    return this.#certificate;
  }

  /** Adds headers to the answer, whatever it will be. */
  addHeaders(headers: Headers): void {
    this.#headers.push(...headers);
  }

  /**
   * Starts the deadline, from arrival: the shortest of what the header and the query or the body ask for and what the
   * server allows. A further call can only shorten it.
   */
  startDeadline(askedMs = Infinity): void {
    if (this.#ended) return;
    const { clock, maxTimeoutMs } = this.#settings;
    this.#askedMs = Math.min(this.#askedMs, this.head.timeoutMs ?? Infinity, askedMs);
    const timeoutMs = Math.min(this.#askedMs, maxTimeoutMs);
    if (this.#askedMs < Infinity) this.#deadlineAt = this.arrivedAt + timeoutMs;
    this.#stopDeadline?.();
    const expire = (): void => {
      const message = `The request was not answered within its ${timeoutMs} ms.`;
      this.#fail(new ServingError('DEADLINE_EXCEEDED', message), 'expired');
    };
    const leftMs = timeoutMs - this.elapsedMs;
    if (leftMs <= 0) return expire();
    this.#stopDeadline = clock.after(leftMs, expire);
  }

  /** For what takes its time once the body is there. */
  stopDeadline(): void {
    this.#stopDeadline?.();
  }

  /**
   * `callback` runs once, when the request ends, however that happens; at once when it has ended. `error`: of one that
   * failed or expired.
   */
  onEnd(callback: (ending: Ending, error?: ServingError) => void): void {
    if (this.#ended) callback('abandoned');
    else this.#onEnd.push(callback);
  }

  /** Feeds the chunks of the body to `take`, which must copy them: they are detached when it returns. */
  readBody(take: TakeChunk): void {
    this.#body.read((chunk, isLast) => {
      if (!this.#ended) take(chunk, isLast);
    });
  }

  /** Keeps the body for a readBody() that comes after the route handler has returned. */
  holdBody(): void {
    if (!this.#ended) this.#body.hold();
  }

  /** Ends the request with its answer; soon, where that is compressed first. */
  answer(answer: Answer): void {
    if (this.#ended) return;
    const { status = 200, contentType, body } = answer;
    const { acceptEncoding, method } = this.head;
    const compressible = status === 200 && method !== 'HEAD';
    const coding = compressible ? answerCoding(acceptEncoding, contentType, body.length) : undefined;
    if (coding === undefined) return this.#answer(answer);
    compress(body, coding).then(
      (smaller) => this.#answer(smaller === undefined ? answer : compressedAnswer(answer, smaller, coding)),
      (error: unknown) => this.fail(error),
    );
  }

  #answer({ status = 200, contentType, body, headers = [], prediction }: Answer): void {
    if (this.#ended) return;
    this.#write(status, contentType, body, headers);
    this.#end('answered');
    const bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
    const facts = this.#facts();
    this.#settings.events.answered(facts, status, bytes, prediction);
    this.trace?.end(facts, this.arrivedAt, { status, stages: prediction?.stages, model: this.model });
  }

  /** Ends the request with an error answer. Anything but a ServingError is a fault of the server: INTERNAL. */
  fail(thrown: unknown): void {
    this.#fail(thrown instanceof ServingError ? thrown : faultOf(thrown), 'failed');
  }

  #fail(error: ServingError, ending: 'failed' | 'expired'): void {
    if (this.#ended) return;
    const body = encodeError(error, this.head.requestId);
    const { retryAfterSeconds } = error;
    const headers =
      retryAfterSeconds === undefined
        ? []
        : ([['retry-after', String(Math.ceil(retryAfterSeconds))]] as const);
    this.#write(error.status, 'application/json', body, [...headers, ...error.headers]);
    this.#end(ending, error);
    const facts = this.#facts();
    this.#settings.events.failed(facts, error, Buffer.byteLength(body), this.model);
    this.trace?.end(facts, this.arrivedAt, { status: error.status, error, model: this.model });
  }

  /** The client has disconnected: nothing is sent. */
  #abandon(): void {
    if (this.#ended) return;
    this.#end('abandoned');
    const facts = this.#facts();
    this.#settings.events.abandoned(facts);
    this.trace?.end(facts, this.arrivedAt, { status: undefined, model: this.model });
  }

  #end(ending: Ending, error?: ServingError): void {
    this.#ended = true;
    this.#stopDeadline?.();
    for (const callback of this.#onEnd) callback(ending, error);
  }

  #write(status: number, contentType: string, body: string | Uint8Array, headers: Headers): void {
    const write = (): void => this.#writeNow(status, contentType, body, headers);
    if (this.head.misframed) write();
    else this.#body.discard(this.#settings.clock, () => this.#gone, write);
  }

  #writeNow(status: number, contentType: string, body: string | Uint8Array, headers: Headers): void {
    const { head, trace, model } = this;
    const { corsHeaders, closesConnections, budget, fixedHeaders: fixed } = this.#settings;
    writeAnswer(this.#response, {
      status,
      contentType,
      body,
      headers,
      model,
      requestId: head.requestId,
      // Only of a sampled request: no other is stored.
      traceResponse: trace?.response,
      elapsedMs: this.elapsedMs,
      more: [this.#headers, head.origin === '' ? NONE : corsHeaders(head.origin)],
      toHead: head.method === 'HEAD',
      close: closesConnections() || this.#body.unread || head.misframed,
      budget,
      fixed,
    });
  }

  #facts(): RequestEnd {
    return {
      requestId: this.head.requestId,
      method: labelOf(this.head.method),
      route: this.#route.pattern,
      quiet: this.#route.quiet,
      ms: this.elapsedMs,
      caller: this.identity,
      traceId: this.trace?.traceId,
      spanId: this.trace?.spanId,
    };
  }
}
