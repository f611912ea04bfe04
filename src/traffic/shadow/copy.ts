/** A copy of what a request has sent: its body's own memory is used again as soon as the request has ended. */
import type { BodyBuffers } from '../../http/body/buffers.ts';
import { bytesOf, type Payload } from '../../thread/payload.ts';

export interface Copy {
  readonly payload: Payload;
  /** Gives the memory back; the payload must not be used afterwards. */
  release(): void;
}

export function copyOf(payload: Payload, buffers: BodyBuffers): Copy {
  const buffer = buffers.take(bytesOf(payload));
  let offset = 0;
  const copied = (bytes: Uint8Array): Uint8Array => {
    const start = offset;
    offset += bytes.byteLength;
    buffer.set(bytes, start);
    return buffer.subarray(start, offset);
  };
  return {
    payload:
      payload.kind === 'image'
        ? { ...payload, bytes: copied(payload.bytes) }
        : { ...payload, inputs: payload.inputs.map(({ shape, data }) => ({ shape, data: copied(data) })) },
    release: () => buffers.give(buffer),
  };
}
