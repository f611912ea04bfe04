/** The rounds of a model on a running server, as the commands ask for them. */
import { askForFile, askServer, type ServerCall } from '../ask-server.ts';
import { credentialOf } from '../credential.ts';
import { serverOf, urlBelow } from '../server-address.ts';
import type { Terminal } from '../terminal.ts';

/** Aggregating a large round takes a while. */
const TIMEOUT_MS = 600_000;

/** What is read of the answer of a server; a later one may say more. */
export interface ShownRound {
  readonly round: number;
  readonly version: string;
  readonly state: string;
  readonly opened_at: string;
  readonly clients: number;
  readonly samples: number;
  readonly settings: {
    readonly min_clients: number;
    readonly max_clients: number;
    readonly method: string;
    readonly clip: number | string;
  };
  readonly tensors: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly result?: {
    readonly clipped_to?: number;
    readonly clipped: number;
    readonly trimmed: number;
    readonly norm: number;
  };
}

export class RoundServer {
  readonly #base: URL;
  readonly #credential: Readonly<Record<string, string>>;

  /** `typed`: names the server and the key. @throws CliError */
  constructor(model: string, typed: Readonly<Record<string, unknown>>, terminal: Terminal) {
    this.#base = urlBelow(serverOf(typed, terminal), `v1/federated/${encodeURIComponent(model)}/`);
    this.#credential = credentialOf(typed, terminal);
  }

  /** Oldest first. @throws CliError with exit code 1 */
  async list(): Promise<readonly ShownRound[]> {
    // The list has no slash at its end.
    const url = new URL(this.#base.href.replace(/\/$/, ''));
    const { rounds } = await askServer(url, { ...this.#call('GET'), expected: isList });
    return rounds;
  }

  /** @throws CliError with exit code 1 */
  open(query: URLSearchParams, weights: Uint8Array): Promise<ShownRound> {
    const body = Uint8Array.from(weights);
    return askServer(this.#at(`rounds?${query.toString()}`), {
      ...this.#call('POST'),
      body,
      expected: isRound,
    });
  }

  /** @throws CliError with exit code 1 */
  close(round: number, abandon: boolean): Promise<ShownRound> {
    const url = this.#at(`rounds/${round}/close${abandon ? '?abandon=true' : ''}`);
    return askServer(url, { ...this.#call('POST'), expected: isRound });
  }

  /** The new weights of a round that is closed. @throws CliError with exit code 1 */
  aggregate(round: number): Promise<Uint8Array> {
    return askForFile(this.#at(`rounds/${round}/aggregate`), this.#call('GET'));
  }

  #at(path: string): URL {
    return new URL(path, this.#base);
  }

  #call<Method extends ServerCall['method']>(method: Method) {
    return { method, credential: this.#credential, timeoutMs: TIMEOUT_MS };
  }
}

const isRound = (answer: unknown): answer is ShownRound =>
  Array.isArray((answer as ShownRound | undefined)?.tensors);

const isList = (answer: unknown): answer is { readonly rounds: readonly ShownRound[] } =>
  Array.isArray((answer as { rounds?: unknown } | undefined)?.rounds);
