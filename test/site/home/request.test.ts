import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import t from 'tap';

interface Choice {
  readonly model: string;
  readonly version: string;
  readonly isDefaultModel: boolean;
  readonly isDefaultVersion: boolean;
}

interface Requests {
  quoted(text: string): string;
  curl(url: string, picture: object): string;
  predictPath(choice: Choice): string;
}

const source = new URL('../../../src/site/home/browser/request.js', import.meta.url);
const { quoted, curl, predictPath } = (await import(source.href)) as Requests;

/** The arguments that a POSIX shell parses. With an empty PATH it runs no command, should the quoting fail. */
const shellWords = (command: string): string[] =>
  execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${command}`], { encoding: 'utf8', env: { PATH: '' } })
    .split('\0')
    .slice(0, -1);

t.test('a shell reads any quoted word unchanged', async (t) => {
  const word = fc.string({
    unit: fc.constantFrom("'", '"', '\\', '$', '`', '!', ' ', '\n', '*', '~', '#', 'é', 'a'),
  });
  const texts = fc.sample(word, { numRuns: 200, seed: 7 });
  t.strictSame(shellWords(texts.map(quoted).join(' ')), texts);
});

const file = (name: string, type = 'image/jpeg') => ({
  kind: 'file',
  name,
  blob: new Blob([], { type }),
  onDisk: true,
});

t.test('the command sends the file with its type to the address', async (t) => {
  const [curlItself, ...words] = shellWords(
    curl('http://host:8000/v1/predict?top_k=5', file("it's a cat.jpg")),
  );
  t.equal(curlItself, 'curl');
  t.strictSame(words, [
    'http://host:8000/v1/predict?top_k=5',
    '-H',
    'content-type: image/jpeg',
    '--data-binary',
    "@it's a cat.jpg",
  ]);
});

t.test('a file that is not an image is sent as octets, and - is a file name', async (t) => {
  t.match(curl('http://h/', file('notes.txt', 'text/plain')), 'content-type: application/octet-stream');
  t.match(curl('http://h/', file('nameless', '')), 'content-type: application/octet-stream');
  t.match(curl('http://h/', file('-')), "'@./-'");
});

t.test('a URL is sent as JSON', async (t) => {
  const words = shellWords(curl('http://h/v1/predict', { kind: 'address', address: "https://x/a'b.jpg" }));
  t.strictSame(words.slice(2), ['-H', 'content-type: application/json', '-d', `{"url":"https://x/a'b.jpg"}`]);
});

t.test('the path omits the default model, version and count', async (t) => {
  const choice = { model: 'a b/c', version: '2', isDefaultModel: true, isDefaultVersion: true };
  t.equal(predictPath(choice), '/v1/predict');
  t.equal(predictPath({ ...choice, isDefaultModel: false }), '/v1/models/a%20b%2Fc/predict');
  t.equal(predictPath({ ...choice, isDefaultVersion: false }), '/v1/models/a%20b%2Fc/versions/2/predict');
});
