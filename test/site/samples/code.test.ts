import { execFileSync } from 'node:child_process';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import t from 'tap';
import { curl } from '../../../src/site/samples/curl.ts';
import { javascript } from '../../../src/site/samples/javascript.ts';
import { python } from '../../../src/site/samples/python.ts';
import type { SampleRequest } from '../../../src/site/samples/request.ts';
import { onPath } from '../../../tools/process/on-path.ts';

const post: SampleRequest = {
  method: 'POST',
  url: 'http://127.0.0.1:8000/v1/predict',
  body: { json: {} },
  showsStatus: false,
  saveAs: undefined,
  answersJson: true,
};

/** Values whose literals differ from JSON, or that could end a string. */
const values = fc.sample(
  fc.array(
    fc.oneof(
      fc.constantFrom(true, false, null, -1.5e-7, {}, []),
      fc.string({ unit: fc.constantFrom("'", '"', '\\', '\n', '$', '`', 'é', 'a') }),
      fc.record({ 'a b': fc.boolean(), top_k: fc.nat() }, { noNullPrototype: true }),
    ),
    { maxLength: 30 },
  ),
  { numRuns: 50, seed: 7 },
);

/** The text from `start` up to the last `end`. */
const between = (source: string, start: string, end: string): string =>
  source.slice(source.indexOf(start) + start.length, source.lastIndexOf(end));

t.test('a body in JavaScript is the value of the example', async (t) => {
  for (const json of values) {
    const source = between(javascript({ ...post, body: { json } }), 'JSON.stringify(', '),\n});');
    t.strictSame(JSON.parse(JSON.stringify(runInNewContext(`(${source})`))), json);
  }
});

const skip = onPath('python3') === undefined && 'there is no python3 on the PATH';

t.test('a body in Python is the value of the example', { skip }, async (t) => {
  const sources = values.map((json) => between(python({ ...post, body: { json } }), 'json=', ',\n)\n'));
  const program = `import json\nprint(json.dumps([${sources.join(', ')}]))`;
  t.strictSame(JSON.parse(execFileSync('python3', ['-c', program], { encoding: 'utf8' })), values);
});

t.test('any body is one word for a shell', async (t) => {
  for (const json of values) {
    const command = curl({ ...post, body: { json } }).replace(/^curl /, "printf '%s\\0' ");
    const words = execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8' }).split('\0');
    t.strictSame(JSON.parse(words.at(-2)!), json);
  }
});

t.test('an answer is printed as JSON or as text, with its status, or written to a file', async (t) => {
  const get: SampleRequest = { ...post, method: 'GET', body: undefined };
  t.match(python(get), /^print\(response\.json\(\)\)$/m);
  t.match(javascript({ ...get, answersJson: false }), 'console.log(await response.text());');
  t.match(python({ ...get, showsStatus: true }), 'print(response.status_code, response.json())');
  t.match(javascript({ ...get, saveAs: 'a.json' }), "await writeFile('a.json', response.body);");
  t.match(curl({ ...get, saveAs: 'a.json' }), '-o a.json');
});
