/** A request to try, as a command to paste. Pure. */
import type { Sample, SampleBody } from '../../protocol/description.ts';

/** Where a server listens unless it is set otherwise. */
const BASE = 'http://127.0.0.1:8000';

/** The command for a POSIX shell, with one option a line where there is a body. */
export function curl(method: string, { path, body, showsStatus, saveAs }: Sample): string {
  const url = `${BASE}${path}`;
  const options = [
    ...(method === 'PUT' ? ['-X PUT'] : []),
    ...(showsStatus ? ['-i'] : []),
    ...(saveAs === undefined ? [] : [`-o ${saveAs}`]),
  ];
  const first = ['curl', ...options, path.includes('?') ? quoted(url) : url].join(' ');
  return [first, ...(body === undefined ? [] : bodyOptions(body))].join(' \\\n  ');
}

function bodyOptions(body: SampleBody): readonly string[] {
  if ('form' in body) return body.form.map(([field, file]) => `-F ${field}=@${file}`);
  if ('file' in body) return [`-H 'content-type: ${body.contentType}'`, `--data-binary @${body.file}`];
  return ["-H 'content-type: application/json'", `-d ${quoted(JSON.stringify(body.json))}`];
}

/** A word for a POSIX shell, whatever is in it. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
