/** What the pages point at is there: files, headings, and the sources that they name. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import t from 'tap';

const ROOT = join(import.meta.dirname, '../..');
const pages = globSync(['*.md', '{client,docs,models,kustomize,prometheus,grafana,bench}/**/*.md'], {
  cwd: ROOT,
  exclude: (path) => path.includes('node_modules'),
});
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** As GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

const anchorsOf = (page: string): Set<string> =>
  new Set([...read(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) => anchorOf(heading!)));

t.test('every link leads to a file and a heading', (t) => {
  t.ok(pages.length > 20);
  for (const page of pages) {
    for (const [, target] of read(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target!)) continue;
      const [path = '', anchor] = target!.split('#');
      const file = path === '' ? page : normalize(join(dirname(page), path));
      t.ok(existsSync(join(ROOT, file)), `${page}: ${target}`);
      if (anchor !== undefined && file.endsWith('.md')) {
        t.ok(anchorsOf(file).has(anchor), `${page}: ${target}`);
      }
    }
  }
  t.end();
});

t.test('every source file that a page names is there', (t) => {
  for (const page of pages) {
    for (const [, path] of read(page).matchAll(
      /`((?:src|workers|test|bench|tools|deploy)\/[\w./-]+\.\w+)`/g,
    )) {
      t.ok(existsSync(join(ROOT, path!)), `${page}: ${path}`);
    }
  }
  t.end();
});
