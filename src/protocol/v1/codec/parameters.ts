/** Parameters of a header, as in `form-data; name="a b"; filename=c.jpg` (RFC 9110 section 5.6.6). */

/** From one semicolon to the next: [1] a name, [2] a value in quotes, [3] a value without. Blanks may stand anywhere. */
const PARAMETER = /\s*;\s*(?:([^\s=;"]+)\s*(?:=\s*(?:"((?:[^"\\]|\\[^])*)"|([^;"]*)))?)?/y;

/**
 * The parameters of `header` by their names in lower case; undefined when it cannot be read. Of a name that comes twice
 * the first counts. One without a value is passed over.
 */
export function parametersOf(header: string): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>();
  const text = header.trimEnd();
  const start = text.indexOf(';');
  PARAMETER.lastIndex = start < 0 ? text.length : start;
  while (PARAMETER.lastIndex < text.length) {
    const match = PARAMETER.exec(text);
    if (match === null) return undefined;
    const [, name, quoted, plain] = match;
    // Browsers do not escape a backslash, so one that escapes nothing is itself.
    const value = quoted?.replace(/\\(["\\])/g, '$1') ?? plain?.trim();
    if (name === undefined || value === undefined) continue;
    const key = name.toLowerCase();
    if (!found.has(key)) found.set(key, value);
  }
  return found;
}
