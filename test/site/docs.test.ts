import { createHash } from 'node:crypto';
import t from 'tap';
import { ROUTE_SETS } from '../../src/root/routes.ts';
import { openApiDocument } from '../../src/site/openapi/build.ts';
import { DOCS_CSP, docsPage } from '../../src/site/docs.ts';

const document = openApiDocument('1.2.3', ROUTE_SETS);
const page = docsPage(document);

/** The texts of all elements of a kind. */
const elements = (name: string): string[] =>
  [...page.matchAll(new RegExp(`<${name}[^>]*>(.*?)</${name}>`, 'gs'))].map(([, inside]) => inside!);

const attributes = (name: string): string[] =>
  [...page.matchAll(new RegExp(` ${name}="([^"]*)"`, 'g'))].map(([, value]) => value!);

t.test('the policy forbids everything but the style sheet of the page', async (t) => {
  const [style, ...others] = elements('style');
  t.strictSame(others, []);
  t.match(DOCS_CSP, "default-src 'none'");
  t.match(DOCS_CSP, `style-src 'sha256-${createHash('sha256').update(style!).digest('base64')}'`);
});

t.test('the page has no script, no style attribute, and no external resource', async (t) => {
  t.notMatch(page, /<script|<link|<img|<iframe|@import|url\(|javascript:| on\w+=| style=/i);
  for (const address of attributes('href')) t.match(address, /^#|^\/openapi\.json$/);
});

t.test('every route has a section with its method, its path and a command', async (t) => {
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const section = page.split(`id="${operation.operationId}"`)[1]!.split('</section>')[0]!;
      t.match(section, `${method.toUpperCase()}</span>`);
      t.equal(/class="path">(.*?)<\/code>/s.exec(section)![1]!.replaceAll('<wbr />', ''), path);
      t.match(section, operation.summary);
      t.match(section, /<pre\s+class="curl"[^>]*><code>curl /);
      t.match(section, /<pre\s+class="python"[^>]*><code>(from pathlib import Path\n\n)?import requests\n/);
      t.match(section, /<pre\s+class="js"[^>]*><code>/);
    }
  }
});

t.test('every error code has a row, to which the routes link', async (t) => {
  for (const { code } of document['x-errors']) {
    t.equal(page.split(`id="error-${code}"`).length, 2);
  }
  const section = page.split('id="predict"')[1]!.split('</section>')[0]!;
  t.match(section, '<a href="#error-QUEUE_FULL"><code>QUEUE_FULL</code></a>');
});

t.test('every link inside the page has a target, and no two targets share a name', async (t) => {
  const ids = attributes('id');
  t.equal(new Set(ids).size, ids.length);
  const lost = attributes('href').filter(
    (address) => address.startsWith('#') && !ids.includes(address.slice(1)),
  );
  t.strictSame(lost, []);
});

t.test('headings go down one level at a time', async (t) => {
  const levels = [...page.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
  t.equal(levels.filter((level) => level === 1).length, 1);
  // The navigation stands between the title and the first heading of the content.
  t.strictSame(
    levels.filter((level, i) => level > (levels[i - 1] ?? 0) + 1),
    [],
  );
});

t.test('every element that is opened is closed, in order', async (t) => {
  const open: string[] = [];
  const wrong: string[] = [];
  const empty = new Set(['meta', 'wbr', 'input']);
  for (const [, slash, name] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g)) {
    if (empty.has(name!)) continue;
    if (slash === '') open.push(name!);
    else if (open.pop() !== name) wrong.push(name!);
  }
  t.strictSame([...open, ...wrong], []);
});

t.test('text of the document is escaped on the page', async (t) => {
  const evil = '<img src=x onerror=alert(1)>';
  const changed = JSON.parse(
    JSON.stringify(document, (key, value: unknown) =>
      ['description', 'summary', 'means', 'todo', 'title', 'source', 'label', 'version'].includes(key) &&
      typeof value === 'string'
        ? evil
        : value,
    ),
  ) as typeof document;
  t.notMatch(docsPage(changed), '<img');
  t.match(docsPage(changed), '&lt;img src=x onerror=alert(1)&gt;');
});
