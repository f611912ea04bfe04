/**
 * What a client has sent, as a member of a line of the log, for those who train on it: images as their files, tensors as
 * their bytes, both in base64. Making the text is the copy: the memory is another's after the call.
 */
import type { ModelVersion } from '../../serving/model-version.ts';
import { bytesOf, type Payload } from '../../thread/payload.ts';
import type { Answered } from '../answered.ts';

/** Bytes of the inputs of one request; more are left out, and the line says so. */
export const MOST_INPUT_BYTES = 4 * 1024 * 1024;

/** The member, with the comma before it. */
export function inputsText({ payloads, places, version }: Answered): string {
  let bytes = 0;
  for (const payload of payloads) bytes += bytesOf(payload);
  if (bytes > MOST_INPUT_BYTES) return `,"inputs":null`;
  let place = 0;
  const texts = payloads.map((payload, i) => {
    const index = places?.[i] ?? place;
    place = index + payload.rows;
    return inputText(payload, index, version);
  });
  return `,"inputs":[${texts.join()}]`;
}

/** Not by JSON.stringify, which would look for what to escape in megabytes of base64. */
function inputText(payload: Payload, index: number, { signature }: ModelVersion): string {
  if (payload.kind === 'image') {
    const { bytes, header } = payload;
    return `{"index":${index},"format":"${header.format}","data":"${base64(bytes)}"}`;
  }
  const tensors = payload.inputs.map(({ shape, data }, place) => {
    const { name = String(place), datatype = 'BYTES' } = signature?.inputs[place] ?? {};
    return `{"name":${JSON.stringify(name)},"datatype":"${datatype}","shape":[${shape.join()}],"data":"${base64(data)}"}`;
  });
  return `{"index":${index},"tensors":[${tensors.join()}]}`;
}

const base64 = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64');
