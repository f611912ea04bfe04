/**
 * Takes a form apart (`multipart/form-data`, RFC 7578, after RFC 2046 section 5.1). A delimiter is a whole line: the
 * boundary inside a line is data, and a line that begins with it and goes on differently is refused, because other
 * parsers would cut there. Nothing is copied: the data of a part is a view of the body.
 */
import { ServingError } from '../../../../errors.ts';
import { parametersOf } from '../parameters.ts';

export interface Part {
  /** As Content-Disposition has it; undefined when it does not. */
  readonly name: string | undefined;
  readonly filename: string | undefined;
  readonly data: Buffer;
}

/** Most bytes of the headers of one part; clients send some hundred. */
const MAX_HEADERS_BYTES = 16 * 1024;
/** Most blanks behind a boundary (transport padding in RFC 2046). */
const MAX_BLANKS = 1024;

const LINE_END = Buffer.from('\r\n');
const BLANK_LINE = Buffer.from('\r\n\r\n');
const [TAB, LF, CR, SPACE, DASH] = [0x09, 0x0a, 0x0d, 0x20, 0x2d];

/**
 * The parts of `body` in their order, one at a time: the caller stops when it has seen too many.
 * @throws ServingError BAD_MULTIPART
 */
export function* partsOf(body: Buffer, boundary: string): Generator<Part, void, void> {
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  let line = endOfFirst(body, delimiter);
  for (;;) {
    const from = nextLine(body, line);
    if (from === undefined) return;
    // From the line break before the headers on: a part may have no headers, or no data.
    const end = body.indexOf(delimiter, from - LINE_END.length);
    if (end < 0) throw bad('The form is cut off: no boundary follows its last part.');
    const most = Math.min(end + LINE_END.length, from + MAX_HEADERS_BYTES);
    const headers = body.subarray(from - LINE_END.length, most);
    const blank = headers.indexOf(BLANK_LINE);
    if (blank < 0) throw unreadable();
    const start = from - LINE_END.length + blank + BLANK_LINE.length;
    const disposition = dispositionOf(headers.toString('utf8', LINE_END.length, blank));
    yield {
      name: disposition?.get('name'),
      filename: disposition?.get('filename') ?? disposition?.get('filename*'),
      data: body.subarray(start, Math.max(start, end)),
    };
    line = end + delimiter.length;
  }
}

/** Where the first delimiter ends. Before it there may be a preamble, or not even a line break. */
function endOfFirst(body: Buffer, delimiter: Buffer): number {
  const bare = delimiter.subarray(LINE_END.length);
  if (body.subarray(0, bare.length).equals(bare)) return bare.length;
  const at = body.indexOf(delimiter);
  if (at < 0) throw bad('The boundary that the content type names does not begin any line of the body.');
  return at + delimiter.length;
}

/** Where the line after the delimiter that ends at `at` begins; undefined when that was the last delimiter. */
function nextLine(body: Buffer, at: number): number | undefined {
  const last = body[at] === DASH && body[at + 1] === DASH;
  let next = last ? at + 2 : at;
  const most = next + MAX_BLANKS;
  while (next < most && (body[next] === SPACE || body[next] === TAB)) next++;
  // After the last delimiter: the end of the body, an epilogue on the next line, or from some clients a bare LF.
  if (last && (next >= body.length || body[next] === CR || body[next] === LF)) return undefined;
  if (!last && body[next] === CR && body[next + 1] === LF) return next + LINE_END.length;
  throw bad('The form is cut off, has other text behind a boundary, or its lines do not end with CR LF.');
}

/** The parameters of Content-Disposition; undefined when there is none. */
function dispositionOf(headers: string): ReadonlyMap<string, string> | undefined {
  let found: ReadonlyMap<string, string> | undefined;
  if (headers === '') return found;
  for (const line of headers.replace(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon < 0) throw unreadable();
    const name = line.slice(0, colon).trim().toLowerCase();
    if (name === 'content-transfer-encoding') refuseEncoded(line.slice(colon + 1).trim());
    if (name !== 'content-disposition') continue;
    const parameters = parametersOf(line.slice(colon + 1));
    if (found !== undefined || parameters === undefined) throw unreadable();
    found = parameters;
  }
  return found;
}

/** RFC 7578 section 4.7 deprecates encodings like base64, and no browser uses them. */
function refuseEncoded(encoding: string): void {
  if (/^(7bit|8bit|binary)?$/i.test(encoding)) return;
  throw bad('A part of the form has a Content-Transfer-Encoding: send its bytes as they are.');
}

const unreadable = (): ServingError => bad('The headers of a part of the form cannot be read.');

const bad = (message: string): ServingError => new ServingError('BAD_MULTIPART', message);
