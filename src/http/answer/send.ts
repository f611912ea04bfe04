/**
 * Sends the body of an answer, of which the system may take a part only. The rest waits here, where it counts, and not in
 * the addon, which would keep any number of answers for a client that goes on asking and does not read: while one waits, the
 * next request of its connection closes it.
 */
import type { ByteBudget, Permit } from '../../admission/budget.ts';
import type { HttpResponse } from '../addon/uws.ts';

/** A client reads at least so fast, as it has to send its body. */
const SLOWEST_BYTES_PER_MS = 16;
/** Beside it: the library closes when nothing is read for as long. */
const GRACE_MS = 10_000;

/** Ends the response; call it once, corked. `bytes`: of the body. */
export function sendBody(
  response: HttpResponse,
  body: string | Uint8Array,
  bytes: number,
  budget: ByteBudget,
): void {
  if (bytes === 0) return void response.end();
  const [, over] = response.tryEnd(body, bytes);
  if (!over) new UnreadAnswer(response, body, bytes, budget);
}

/** An answer that its client has not read yet: its bytes are in the budget, and it gives way to others when it is not read. */
class UnreadAnswer {
  readonly #response: HttpResponse;
  readonly #permit: Permit;
  readonly #stopDeadline: () => void;
  #over = false;

  constructor(response: HttpResponse, body: string | Uint8Array, bytes: number, budget: ByteBudget) {
    const { clock } = budget;
    // The memory of the body may be used again as soon as the exchange has ended.
    const rest = Buffer.from(body as string).subarray(response.getWriteOffset());
    this.#response = response;
    this.#permit = budget.hold();
    this.#stopDeadline = clock.after(GRACE_MS + rest.length / SLOWEST_BYTES_PER_MS, () => this.#close());
    response.onAborted(() => this.#end());
    const fits = this.#permit.grow(rest.length);
    // The response is corked for now.
    if (!fits) setImmediate(() => this.#close());
    this.#permit.arrives(() => this.#close());
    const from = bytes - rest.length;
    let at = from;
    response.onWritable((offset) => {
      this.#permit.shrink(offset - at);
      at = offset;
      const [sent, over] = response.tryEnd(rest.subarray(offset - from), bytes);
      if (over) this.#end();
      return sent;
    });
  }

  #close(): void {
    if (this.#over) return;
    this.#end();
    this.#response.close();
  }

  #end(): void {
    this.#over = true;
    this.#stopDeadline();
    this.#permit.release();
  }
}
