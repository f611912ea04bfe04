/** Columns of text, as wide as their widest cell. Pure. */

/** Lines of a table; the last column is not padded. */
export function tableLines(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows].map((row) => row.map((cell) => printable(cell)));
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Texts from files and servers lose their control characters: those could move the cursor or set a title. */
export const printable = (text: string): string => text.replaceAll(/\p{Cc}+/gu, ' ');
