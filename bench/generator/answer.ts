/**
 * Reads HTTP/1.1 answers off one connection, one at a time: status, length, whether the connection stays. The body is
 * counted and thrown away. It is for servers that keep to the standard, not for hostile ones.
 */

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const END_OF_CHUNKS = Buffer.from('0\r\n\r\n');
/** Status line `HTTP/1.1 200`. */
const STATUS_AT = 9;

export interface Answer {
  readonly status: number;
  readonly keepsAlive: boolean;
}

interface Head extends Answer {
  /** Bytes of the body; undefined when it is chunked. */
  readonly length: number | undefined;
  readonly end: number;
}

export class AnswerReader {
  #head: Head | undefined;
  /** What has come of the head; of a chunked body, its last bytes. */
  #held: Buffer = Buffer.alloc(0);
  #bodyBytes = 0;

  /** Whether the first byte of the next answer has come. */
  get started(): boolean {
    return this.#head !== undefined || this.#held.length > 0;
  }

  /** Takes what came in. The answer, when it is complete; the reader is then ready for the next one. */
  read(chunk: Buffer): Answer | undefined {
    let body = chunk;
    if (this.#head === undefined) {
      const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
      const end = bytes.indexOf(END_OF_HEAD);
      if (end < 0) {
        this.#held = bytes;
        return undefined;
      }
      this.#head = readHead(bytes, end + END_OF_HEAD.length);
      this.#held = Buffer.alloc(0);
      body = bytes.subarray(this.#head.end);
    }
    return this.#isComplete(this.#head, body) ? this.#finish(this.#head) : undefined;
  }

  #isComplete({ length }: Head, body: Buffer): boolean {
    this.#bodyBytes += body.length;
    if (length !== undefined) return this.#bodyBytes >= length;
    const tail = Buffer.concat([this.#held, body]).subarray(-END_OF_CHUNKS.length);
    this.#held = Buffer.from(tail);
    return tail.equals(END_OF_CHUNKS);
  }

  #finish(head: Head): Answer {
    this.#head = undefined;
    this.#held = Buffer.alloc(0);
    this.#bodyBytes = 0;
    return head;
  }
}

function readHead(bytes: Buffer, end: number): Head {
  const text = bytes.toString('latin1', 0, end).toLowerCase();
  const length = /\r\ncontent-length: *(\d+)/.exec(text)?.[1];
  const chunked = text.includes('\r\ntransfer-encoding: chunked');
  return {
    status: Number(text.slice(STATUS_AT, STATUS_AT + 3)),
    keepsAlive: !/\r\nconnection: *close/.test(text),
    length: length === undefined ? (chunked ? undefined : 0) : Number(length),
    end,
  };
}
