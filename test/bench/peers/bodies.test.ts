import t from 'tap';
import { base64Of, FORM_HEADERS, formOf, OIP_HEADERS, oipOf } from '../../../bench/peers/bodies.ts';

const PHOTOGRAPH = Buffer.from([0xff, 0xd8, 0x00, 0x0d, 0x0a, 0xff, 0xd9]);

t.test('a form is one part with the photograph between its boundaries', (t) => {
  const form = formOf('content', PHOTOGRAPH);
  const [, boundary] = FORM_HEADERS['content-type'].split('boundary=');
  const head = form.indexOf('\r\n\r\n');
  const lines = form.subarray(0, head).toString().split('\r\n');
  t.equal(lines[0], `--${boundary}`);
  t.match(lines[1], /^content-disposition: form-data; name="content"; filename="[^"]+"$/);
  t.equal(lines[2], 'content-type: image/jpeg');
  t.strictSame(form.subarray(head + 4, head + 4 + PHOTOGRAPH.length), PHOTOGRAPH);
  t.equal(form.subarray(head + 4 + PHOTOGRAPH.length).toString(), `\r\n--${boundary}--\r\n`);
  t.end();
});

t.test('one header has the JSON length for requests of every size', (t) => {
  for (const photograph of [PHOTOGRAPH, Buffer.alloc(1234567)]) {
    const body = oipOf([1, 1], photograph);
    const end = Number(OIP_HEADERS['inference-header-content-length']);
    const json = JSON.parse(body.subarray(0, end).toString()) as {
      inputs: { parameters: { binary_data_size: number } }[];
    };
    t.equal(json.inputs[0]!.parameters.binary_data_size, body.length - end);
    t.equal(body.readUInt32LE(end), photograph.length);
    t.ok(body.subarray(end + 4).equals(photograph));
  }
  t.end();
});

t.test('a request in base64 holds the photograph', (t) => {
  const { inputs } = JSON.parse(base64Of(PHOTOGRAPH).toString()) as { inputs: { data: string[] }[] };
  t.strictSame(Buffer.from(inputs[0]!.data[0]!, 'base64'), PHOTOGRAPH);
  t.end();
});
