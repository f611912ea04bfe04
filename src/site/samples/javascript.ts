/** A sample request as a module in JavaScript, with fetch; files are read as Node.js does. Pure. */
import type { SampleBody } from '../../protocol/description.ts';
import { JSON_SPELLING, literal, type Spelling } from '../literal.ts';
import type { SampleRequest } from './request.ts';

const quoted = (text: string): string =>
  `'${JSON.stringify(text)
    .slice(1, -1)
    .replaceAll(String.raw`\"`, '"')
    .replaceAll("'", String.raw`\'`)}'`;

const JAVASCRIPT: Spelling = {
  ...JSON_SPELLING,
  key: (name) => (/^[a-z_]\w*$/i.test(name) ? name : quoted(name)),
  string: quoted,
  lastComma: ',',
};

export function javascript(request: SampleRequest): string {
  const { url, showsStatus, saveAs, answersJson } = request;
  const { setUp, options } = optionsOf(request);
  const call =
    options.length === 0
      ? `fetch(${quoted(url)})`
      : `fetch(${quoted(url)}, {\n${options.map((option) => `  ${option},\n`).join('')}})`;
  const answer = `await response.${answersJson ? 'json' : 'text'}()`;
  const last =
    saveAs === undefined
      ? `console.log(${showsStatus ? 'response.status, ' : ''}${answer});`
      : `await writeFile(${quoted(saveAs)}, response.body);`;
  const calls = [...setUp, `const response = await ${call};`, last].join('\n');
  const used = ['readFile', 'writeFile'].filter((name) => calls.includes(`${name}(`));
  return used.length === 0 ? calls : `import { ${used.join(', ')} } from 'node:fs/promises';\n\n${calls}`;
}

interface Options {
  /** Lines before the call. */
  readonly setUp: readonly string[];
  /** Members of the second argument of fetch. */
  readonly options: readonly string[];
}

function optionsOf({ method, body }: SampleRequest): Options {
  if (method === 'GET') return { setUp: [], options: [] };
  const first = `method: ${quoted(method)}`;
  if (body === undefined) return { setUp: [], options: [first] };
  return { setUp: setUpOf(body), options: [first, ...bodyOptions(body)] };
}

function setUpOf(body: SampleBody): readonly string[] {
  if (!('form' in body)) return [];
  const [[, file] = ['', '']] = body.form;
  return [
    `const photo = new Blob([await readFile(${quoted(file)})]);`,
    'const form = new FormData();',
    ...body.form.map(([field, name]) => `form.append(${quoted(field)}, photo, ${quoted(name)});`),
    '',
  ];
}

function bodyOptions(body: SampleBody): readonly string[] {
  if ('form' in body) return ['body: form'];
  if ('file' in body) {
    return [contentType(body.contentType), `body: await readFile(${quoted(body.file)})`];
  }
  const start = '  body: JSON.stringify(';
  return [
    contentType('application/json'),
    `body: JSON.stringify(${literal(body.json, JAVASCRIPT, { level: 1, before: start.length })})`,
  ];
}

const contentType = (type: string): string => `headers: { 'content-type': ${quoted(type)} }`;
