/** A sample request as a program in Python, with the package requests. Pure. */
import type { SampleBody } from '../../protocol/description.ts';
import { literal, type Spelling } from '../literal.ts';
import type { SampleRequest } from './request.ts';

const quoted = (text: string): string => JSON.stringify(text);

const PYTHON: Spelling = {
  key: quoted,
  string: quoted,
  words: { true: 'True', false: 'False', null: 'None' },
  space: '',
  lastComma: ',',
  indent: 4,
};

export function python({ method, url, body, showsStatus, saveAs, answersJson }: SampleRequest): string {
  const call = `requests.${method.toLowerCase()}`;
  const request =
    body === undefined
      ? `${call}(${quoted(url)})`
      : [`${call}(`, ...[quoted(url), ...bodyArguments(body)].map((each) => `    ${each},`), ')'].join('\n');
  const answer = answersJson ? 'response.json()' : 'response.text';
  const last =
    saveAs === undefined
      ? `print(${showsStatus ? 'response.status_code, ' : ''}${answer})`
      : `Path(${quoted(saveAs)}).write_bytes(response.content)`;
  const imports = [...(saveAs === undefined ? [] : ['from pathlib import Path\n']), 'import requests\n'];
  return [...imports, `response = ${request}`, last].join('\n');
}

function bodyArguments(body: SampleBody): readonly string[] {
  if ('form' in body) {
    const [[field, file] = ['', '']] = body.form;
    if (body.form.length === 1) return [`files={${quoted(field)}: ${opened(file)}}`];
    const files = body.form.map(([name, one]) => `        (${quoted(name)}, ${opened(one)}),\n`);
    return [`files=[\n${files.join('')}    ]`];
  }
  if ('file' in body) {
    return [`headers={"content-type": ${quoted(body.contentType)}}`, `data=${opened(body.file)}`];
  }
  return [`json=${literal(body.json, PYTHON, { level: 1, before: '    json='.length })}`];
}

const opened = (file: string): string => `open(${quoted(file)}, "rb")`;
