/** Reads the shared files of AWS: `[section]`, `name = value`, comments with # or ; at the start of a line. Pure. */

export type Sections = ReadonlyMap<string, ReadonlyMap<string, string>>;

export function parseIni(text: string): Sections {
  const sections = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  for (const line of text.split(/\r?\n/)) {
    // Indented lines belong to a setting with settings of its own, such as `s3 =`.
    if (/^\s*([#;]|$)/.test(line) || /^\s/.test(line)) continue;
    const section = /^\[\s*([^\]]+?)\s*\]/.exec(line)?.[1];
    if (section !== undefined) {
      current = sections.get(section) ?? new Map<string, string>();
      sections.set(section, current);
      continue;
    }
    const at = line.indexOf('=');
    if (at > 0) current?.set(line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim());
  }
  return sections;
}
