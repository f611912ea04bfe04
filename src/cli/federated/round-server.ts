/** The rounds of a model on a running server, as the commands ask for them. */
import { CliError } from '../cli-error.ts';
import { credentialOf } from '../credential.ts';
import { reasonOf, serverOf, urlBelow } from '../server-address.ts';
import { printable } from '../table.ts';
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
    const { rounds } = (await this.#json('GET', '')) as { rounds?: readonly ShownRound[] };
    return rounds ?? [];
  }

  /** @throws CliError with exit code 1 */
  open(query: URLSearchParams, weights: Uint8Array): Promise<ShownRound> {
    return this.#json('POST', `rounds?${query.toString()}`, weights) as Promise<ShownRound>;
  }

  /** @throws CliError with exit code 1 */
  close(round: number, abandon: boolean): Promise<ShownRound> {
    return this.#json(
      'POST',
      `rounds/${round}/close${abandon ? '?abandon=true' : ''}`,
    ) as Promise<ShownRound>;
  }

  /** The new weights of a round that is closed. @throws CliError with exit code 1 */
  async aggregate(round: number): Promise<Uint8Array> {
    const answer = await this.#ask('GET', `rounds/${round}/aggregate`);
    return new Uint8Array(await answer.arrayBuffer());
  }

  async #json(method: string, path: string, body?: Uint8Array): Promise<unknown> {
    const answer = await this.#ask(method, path, body);
    return answer.json().catch(() => {
      throw new CliError(1, `${this.#base.origin} has answered, but not as this kind of server does.`);
    });
  }

  async #ask(method: string, path: string, body?: Uint8Array): Promise<Response> {
    // The list has no slash at its end.
    const url = path === '' ? new URL(this.#base.href.replace(/\/$/, '')) : new URL(path, this.#base);
    const headers = {
      ...this.#credential,
      ...(body !== undefined && { 'content-type': 'application/octet-stream' }),
    };
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const init = { method, headers, signal, ...(body !== undefined && { body: Uint8Array.from(body) }) };
    const answer = await fetch(url, init).catch((error: unknown) => {
      const reason = reasonOf(error, TIMEOUT_MS);
      throw new CliError(1, `The server at ${url.origin} cannot be reached (${reason}): is it running?`);
    });
    if (answer.ok) return answer;
    const { error, code } = (await answer.json().catch(() => ({}))) as { error?: unknown; code?: unknown };
    if (typeof error !== 'string' || typeof code !== 'string')
      throw new CliError(1, `${url.origin} answered ${answer.status}, but not as this kind of server does.`);
    throw new CliError(1, printable(`${error} (${code})`));
  }
}
