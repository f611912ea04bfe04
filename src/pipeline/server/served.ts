/**
 * The model as its server serves it: what the pipeline asks and changes, over HTTP. Nothing of the server's own code is used, so
 * that the pipeline may be of another version, and run on another machine.
 */
import { CallError, smallCall, type SmallAnswer, type SmallCall } from '../../outbound/small-call.ts';
import { PipelineError } from '../pipeline-error.ts';

/** A version as the server describes it. */
export interface ServedVersion {
  readonly version: string;
  readonly state: string;
  readonly reason?: string;
  /** Why the files that lie in its place now are not served instead. */
  readonly refused?: string;
}

export interface ServedModel {
  readonly default_version: string;
  readonly versions: readonly ServedVersion[];
}

export type TrafficSettings = Readonly<Record<string, unknown>>;

/** What is read of the traffic of a model. */
export interface ServedTraffic {
  readonly default_version: string;
  readonly set_by: string;
  readonly state: string;
  readonly reason?: string;
  readonly settings: TrafficSettings;
  readonly split: readonly { readonly version: string; readonly share: number; readonly state: string }[];
  readonly guard?: {
    readonly judged: readonly {
      readonly version: string;
      readonly verdict: 'pass' | 'fail' | 'inconclusive';
      readonly n: number;
      readonly checks: readonly { readonly check: string; readonly says: string; readonly n: number }[];
    }[];
  };
}

export type LoadAnswer =
  | { readonly kind: 'loaded' }
  /** It takes models as their files change, or never. */
  | { readonly kind: 'by_itself' }
  | { readonly kind: 'refused'; readonly reason: string };

/** What a pipeline asks of a server. Each throws PipelineError, `away` where the same call may succeed later. */
export interface Served {
  model(signal: AbortSignal): Promise<ServedModel>;
  traffic(signal: AbortSignal): Promise<ServedTraffic>;
  setTraffic(settings: TrafficSettings, signal: AbortSignal): Promise<void>;
  step(step: 'promote' | 'rollback', version: string | undefined, signal: AbortSignal): Promise<void>;
  load(signal: AbortSignal): Promise<LoadAnswer>;
  /** Undefined where the server keeps none. */
  accuracy(signal: AbortSignal): Promise<unknown>;
  /** Undefined where drift is not watched. */
  drift(signal: AbortSignal): Promise<unknown>;
}

const TIMEOUT_MS = 10_000;
/** A model is loaded beside those that serve; large ones take minutes. */
const LOAD_TIMEOUT_MS = 600_000;

export interface ServedSettings {
  readonly server: URL;
  readonly model: string;
  /** Headers that say who asks. */
  readonly credential: Readonly<Record<string, string>>;
}

export class HttpServed implements Served {
  readonly #settings: ServedSettings;

  constructor(settings: ServedSettings) {
    this.#settings = settings;
  }

  async model(signal: AbortSignal): Promise<ServedModel> {
    const answer = await this.#known('GET', '', signal);
    if (typeof (answer as ServedModel).default_version === 'string') return answer as ServedModel;
    throw this.#strange(200);
  }

  async traffic(signal: AbortSignal): Promise<ServedTraffic> {
    const answer = await this.#known('GET', '/traffic', signal);
    if (Array.isArray((answer as ServedTraffic).split)) return answer as ServedTraffic;
    throw this.#strange(200);
  }

  async setTraffic(settings: TrafficSettings, signal: AbortSignal): Promise<void> {
    await this.#known('PUT', '/traffic', signal, settings);
  }

  async step(step: 'promote' | 'rollback', version: string | undefined, signal: AbortSignal): Promise<void> {
    const query = version === undefined ? '' : `?version=${encodeURIComponent(version)}`;
    await this.#known('POST', `/traffic/${step}${query}`, signal);
  }

  async load(signal: AbortSignal): Promise<LoadAnswer> {
    const path = `v2/repository/models/${encodeURIComponent(this.#settings.model)}/load`;
    const call = { method: 'POST', timeoutMs: LOAD_TIMEOUT_MS, signal } as const;
    const { status, text } = await this.#send(path, {
      ...call,
      body: { type: 'application/json', text: '{}' },
    });
    if (status === 200) return { kind: 'loaded' };
    const { code, error } = errorIn(text);
    if (code === 'MODEL_REFUSED') return { kind: 'refused', reason: error };
    // A server in mode poll answers so, too: it loads what it finds.
    if (code === 'FORBIDDEN' && error.includes('modelControl')) return { kind: 'by_itself' };
    throw this.#failure(status, text);
  }

  accuracy(signal: AbortSignal): Promise<unknown> {
    return this.#maybe('/accuracy', signal);
  }

  drift(signal: AbortSignal): Promise<unknown> {
    return this.#maybe('/drift', signal);
  }

  async #maybe(below: string, signal: AbortSignal): Promise<unknown> {
    const { status, text } = await this.#send(this.#path(below), {
      method: 'GET',
      timeoutMs: TIMEOUT_MS,
      signal,
    });
    if (status === 200) return objectIn(text) ?? Promise.reject(this.#strange(status));
    // Of the model itself it would be a fault.
    if (status === 404 && errorIn(text).code !== 'MODEL_NOT_FOUND') return undefined;
    throw this.#failure(status, text);
  }

  async #known(
    method: SmallCall['method'],
    below: string,
    signal: AbortSignal,
    body?: object,
  ): Promise<object> {
    const { status, text } = await this.#send(this.#path(below), {
      method,
      timeoutMs: TIMEOUT_MS,
      signal,
      body: body && { type: 'application/json', text: JSON.stringify(body) },
    });
    const answer = status === 200 ? objectIn(text) : undefined;
    if (answer !== undefined) return answer;
    throw this.#failure(status, text);
  }

  #path(below: string): string {
    return `v1/models/${encodeURIComponent(this.#settings.model)}${below}`;
  }

  async #send(path: string, call: Omit<SmallCall, 'url' | 'headers'>): Promise<SmallAnswer> {
    const { server, credential } = this.#settings;
    const base = server.href.endsWith('/') ? server.href : `${server.href}/`;
    try {
      return await smallCall({ ...call, url: new URL(path, base), headers: credential });
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      throw new PipelineError(`The server cannot be reached (${error.message}): is it running?`, 'away');
    }
  }

  #failure(status: number, text: string): PipelineError {
    const { code, error, retryable } = errorIn(text);
    if (code === undefined) return this.#strange(status);
    if (code === 'ROUTE_NOT_FOUND')
      return new PipelineError(
        `The server takes no changes of the traffic: start it with --traffic-routes loopback and run the pipeline on its machine, or give the pipeline a key with the scope models:write.`,
      );
    return new PipelineError(
      `The server answers: ${error} (${code})`,
      retryable || status >= 500 ? 'away' : 'step',
    );
  }

  #strange(status: number): PipelineError {
    const { host } = this.#settings.server;
    // A proxy in front of a server that restarts answers so.
    const kind = status === 502 || status === 503 || status === 504 ? 'away' : 'step';
    return new PipelineError(`${host} answered ${status}, but not as this kind of server does.`, kind);
  }
}

function objectIn(text: string): object | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function errorIn(text: string): {
  readonly code: string | undefined;
  readonly error: string;
  readonly retryable: boolean;
} {
  const { code, error, retryable } = (objectIn(text) ?? {}) as Record<string, unknown>;
  return {
    code: typeof code === 'string' ? code : undefined,
    error: typeof error === 'string' ? error : '',
    retryable: retryable === true,
  };
}
