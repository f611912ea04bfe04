/**
 * Blocks as Markdown. The result is what prettier would make of it, because `make check` formats every document; so
 * prettier does it.
 */
import { format, resolveConfig } from 'prettier';
import type { Block, Table } from './blocks.ts';

/** Blocks one after the other; pictures are links into `folder`. */
export function markdown(blocks: readonly Block[], folder: string): string {
  return blocks
    .map((block) => one(block, folder))
    .filter((part) => part !== '')
    .join('\n\n');
}

/** The text as `make format` would write it to this file. */
export async function formatted(text: string, file: string): Promise<string> {
  return format(text, { ...(await resolveConfig(file)), filepath: file });
}

function one(block: Block, folder: string): string {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${block.text}`;
    case 'text':
      return block.text;
    case 'list':
      return block.items.map((item) => `- ${item}`).join('\n');
    case 'table':
      return tableLines(block).join('\n');
    case 'picture':
      return `![${block.description}](${folder}/${block.file})`;
  }
}

export function tableLines({ heads, rows, words }: Table): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heads), `|${heads.map((_, i) => (i < words ? '---' : '---:')).join('|')}|`, ...rows.map(line)];
}
