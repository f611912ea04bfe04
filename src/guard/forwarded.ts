/** `Forwarded` of RFC 7239: `for=192.0.2.60;proto=http, for="[2001:db8::1]:4711"`. Pure. */

/** A token or a quoted string, after `name=`. */
const PAIR = /^\s*([!#$%&'*+.^_`|~\w-]+)=(?:([!#$%&'*+.^_`|~\w:[\]-]+)|"((?:[^"\\]|\\.)*)")\s*$/;

/** What each element says it is for, from left to right; undefined for one that does not say, or is malformed. */
export function forwardedFor(text: string): readonly (string | undefined)[] {
  return split(text, ',').map(forOf);
}

function forOf(element: string): string | undefined {
  let found: string | undefined;
  for (const pair of split(element, ';')) {
    const [, name, token, quoted] = PAIR.exec(pair) ?? [];
    if (name === undefined) return undefined;
    if (name.toLowerCase() !== 'for') continue;
    // Each parameter may occur once.
    if (found !== undefined) return undefined;
    found = token ?? quoted?.replaceAll(/\\(.)/g, '$1');
  }
  return found;
}

/**
 * Splits at a separator outside of quoted strings. Read from the right, so that a quotation mark that a client has left open
 * takes nothing of what a proxy has written behind it.
 */
function split(text: string, separator: ',' | ';'): string[] {
  if (!text.includes('"')) return text.split(separator);
  const parts: string[] = [];
  let end = text.length;
  let quoted = false;
  for (let index = text.length - 1; index >= 0; index--) {
    const character = text[index];
    if (character === '"') quoted = quoted && isEscaped(text, index) ? quoted : !quoted;
    else if (character === separator && !quoted) {
      parts.push(text.slice(index + 1, end));
      end = index;
    }
  }
  parts.push(text.slice(0, end));
  return parts.toReversed();
}

/** Whether an odd number of backslashes stands before it. */
function isEscaped(text: string, index: number): boolean {
  let first = index;
  while (text[first - 1] === '\\') first--;
  return (index - first) % 2 === 1;
}
