/**
 * Reads the XML of S3 and of STS: flat elements with text, no attributes that matter. Pure, and linear in its input. What is
 * not understood is not there.
 */

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The content of each element of this name, as it is written; elements of the same name in each other are not told apart. */
export function elements(xml: string, name: string): string[] {
  const found: string[] = [];
  const close = `</${name}>`;
  for (let at = 0; ;) {
    const start = startOf(xml, name, at);
    if (start === undefined) return found;
    if (start.empty) {
      found.push('');
      at = start.end;
      continue;
    }
    const end = xml.indexOf(close, start.end);
    if (end < 0) return found;
    found.push(xml.slice(start.end, end));
    at = end + close.length;
  }
}

/** The text of the first element of this name. */
export function textIn(xml: string, name: string): string | undefined {
  const [first] = elements(xml, name);
  return first === undefined ? undefined : decoded(first);
}

function startOf(xml: string, name: string, from: number): { end: number; empty: boolean } | undefined {
  const tag = `<${name}`;
  for (let at = xml.indexOf(tag, from); at >= 0; at = xml.indexOf(tag, at + 1)) {
    const next = xml[at + tag.length];
    if (next !== '>' && next !== '/' && next !== ' ') continue;
    const end = xml.indexOf('>', at);
    if (end < 0) return undefined;
    return { end: end + 1, empty: xml[end - 1] === '/' };
  }
  return undefined;
}

const decoded = (text: string): string =>
  text.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w{2,4}));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[name as string] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex as string, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });

/** Text for an element. */
export const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
