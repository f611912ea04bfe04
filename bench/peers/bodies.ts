/** How a photograph travels to the servers that do not take its bytes as they are. */

const BOUNDARY = 'photograph-9c1f6d3a7be24f58';

/** The headers of every form made here: the boundary is the same for all, so that they can be sent with any. */
export const FORM_HEADERS = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` } as const;

/** A form with one file in this field. */
export const formOf = (field: string, photograph: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(
      `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${field}"; filename="photograph.jpg"\r\n` +
        'content-type: image/jpeg\r\n\r\n',
    ),
    photograph,
    Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
  ]);

/** The JSON is padded with spaces to this length, so that one header fits bodies of every size. */
const JSON_BYTES = 192;
const LENGTH_BYTES = 4;

/** The headers of every request made by `oipOf`. */
export const OIP_HEADERS = {
  'content-type': 'application/octet-stream',
  'inference-header-content-length': String(JSON_BYTES),
} as const;

/** A request of the Open Inference Protocol with the binary data extension: one BYTES element, the photograph. */
export function oipOf(shape: readonly number[], photograph: Buffer): Buffer {
  const json = JSON.stringify({
    inputs: [
      {
        name: 'image',
        datatype: 'BYTES',
        shape,
        parameters: { binary_data_size: LENGTH_BYTES + photograph.length },
      },
    ],
  });
  if (json.length > JSON_BYTES) throw new Error('the JSON of the request is longer than its padding');
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(photograph.length);
  return Buffer.concat([Buffer.from(json.padEnd(JSON_BYTES)), length, photograph]);
}

/** The same in JSON alone, where bytes are base64. */
export const base64Of = (photograph: Buffer): Buffer =>
  Buffer.from(
    JSON.stringify({
      inputs: [
        {
          name: 'image',
          datatype: 'BYTES',
          shape: [1, 1],
          parameters: { content_type: 'base64' },
          data: [photograph.toString('base64')],
        },
      ],
    }),
  );
