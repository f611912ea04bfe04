/** Blocks as one HTML page that needs nothing else: no script, no font, no request. */
import type { Block, Picture, Table } from './text/blocks.ts';
import { escaped } from '../../tools/markup/escaped.ts';
import { PAGE_STYLE } from './page-style.ts';
import { spreadView } from './spread-view.ts';

export function page(title: string, blocks: readonly Block[]): string {
  const links = blocks.flatMap((block) =>
    block.kind === 'heading' && block.level === 2
      ? [`<a href="#${anchor(block.text)}">${escaped(block.text)}</a>`]
      : [],
  );
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    `<title>${escaped(title)}</title>`,
    `<style>${PAGE_STYLE}</style>`,
    '</head>',
    '<body>',
    '<main>',
    `<h1>${escaped(title)}</h1>`,
    `<nav>${links.join('\n')}</nav>`,
    ...blocks.map(one),
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function one(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<h${block.level} id="${anchor(block.text)}">${inline(block.text)}</h${block.level}>`;
    case 'text':
      return `<p>${inline(block.text)}</p>`;
    case 'list':
      return `<ul>\n${block.items.map((item) => `<li>${inline(item)}</li>`).join('\n')}\n</ul>`;
    case 'table':
      return tableOf(block);
    case 'picture':
      return picture(block);
    case 'spread':
      return spreadView(block);
  }
}

function tableOf({ heads, rows, words }: Table): string {
  const side = (column: number): string => (column < words ? ' class="w"' : '');
  const head = heads.map((text, column) => `<th${side(column)}>${inline(text)}</th>`).join('');
  const body = rows.map(
    (cells) => `<tr>${cells.map((text, column) => cell(text, side(column))).join('')}</tr>`,
  );
  return `<div class="scroll"><table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${body.join('\n')}\n</tbody>\n</table></div>`;
}

/** What stands in brackets behind a figure is its spread, and quieter. */
function cell(text: string, side: string): string {
  if (text.startsWith('**met**')) return `<td class="good">${inline(text)}</td>`;
  if (text.startsWith('**not met**')) return `<td class="bad">${inline(text)}</td>`;
  return `<td${side}>${inline(text).replace(/^(\S+) (\([^()]*\))$/, '$1 <small>$2</small>')}</td>`;
}

function picture({ svg, description }: Picture): string {
  return `<figure aria-label="${escaped(description)}">\n${svg.trimEnd()}\n</figure>`;
}

function inline(text: string): string {
  return escaped(text)
    .split(/(`[^`]*`)/)
    .map((part) =>
      part.startsWith('`')
        ? `<code>${part.slice(1, -1)}</code>`
        : part
            .replace(/\*\*(.+?)\*\*/g, '<strong>$1</strong>')
            .replace(/\*(\S(?:[^*]*\S)?)\*/g, '<em>$1</em>')
            .replace(/\[([^\]]+)\]\((https?:[^)\s]+)\)/g, '<a href="$2">$1</a>'),
    )
    .join('');
}

function anchor(heading: string): string {
  return heading.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}
