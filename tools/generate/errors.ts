/** docs/errors.md: every error code by its status. */
import { ERRORS } from '../../src/errors.ts';
import { MARKDOWN_NOTE, type Document } from './document.ts';
import { markdownTable } from './markdown-table.ts';

export const errors: Document = {
  file: 'docs/errors.md',
  make: () => `${MARKDOWN_NOTE}

# Errors

Every error answer has one shape: \`{"error", "code", "retryable", "request_id"}\`, with a \`pointer\` where a place in
the request is at fault. The code is stable, so clients branch on it; the sentence in \`error\` is for people. *Retry*
says whether the same request may succeed later. All codes, by status:

${sections().join('\n\n')}
`,
};

function sections(): string[] {
  const rows = Object.entries(ERRORS).map(([code, row]) => ({ code, ...row }));
  const byStatus = [...Map.groupBy(rows, ({ status }) => status)].sort(([a], [b]) => a - b);
  return byStatus.map(([status, some]) => {
    const cells = some.map(({ code, retryable, means, todo }) => [
      `\`${code}\``,
      retryable ? 'yes' : 'no',
      means,
      todo,
    ]);
    return [
      `## ${status}`,
      '',
      ...markdownTable(['code', 'retry', 'what it means', 'what to do'], cells),
    ].join('\n');
  });
}
