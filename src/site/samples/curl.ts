/** A sample request as a command for a POSIX shell, with one option a line where there is a body. Pure. */
import type { SampleBody } from '../../protocol/description.ts';
import type { SampleRequest } from './request.ts';

export function curl({ method, url, body, showsStatus, saveAs }: SampleRequest): string {
  const options = [
    // curl takes a request with a body for a POST.
    ...(method === 'PUT' || (method === 'POST' && body === undefined) ? [`-X ${method}`] : []),
    ...(showsStatus ? ['-i'] : []),
    ...(saveAs === undefined ? [] : [`-o ${saveAs}`]),
  ];
  const first = ['curl', ...options, url.includes('?') ? quoted(url) : url].join(' ');
  return [first, ...(body === undefined ? [] : bodyOptions(body))].join(' \\\n  ');
}

function bodyOptions(body: SampleBody): readonly string[] {
  if ('form' in body) return body.form.map(([field, file]) => `-F ${field}=@${file}`);
  if ('file' in body) return [`-H 'content-type: ${body.contentType}'`, `--data-binary @${body.file}`];
  return ["-H 'content-type: application/json'", `-d ${quoted(JSON.stringify(body.json))}`];
}

/** A word for a POSIX shell, whatever is in it. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
