import { createHash } from 'node:crypto';
import { Script } from 'node:vm';
import t from 'tap';
import { homePage } from '../../../src/site/home/page.ts';

const KiB = 1024;

/** What a server that explains its answers adds to the page is there for those who have asked for it. */
const PAGES = [
  ['', false, 48],
  ['where answers are explained: ', true, 52],
] as const;

for (const [name, explains, most] of PAGES) {
  const { text, policy } = homePage({ version: '1.2.3', maxBodyBytes: 20 * 1024 * 1024, explains });

  /** The content of the only element of that name. */
  function inside(name: string): string {
    const found = [...text.matchAll(new RegExp(`<${name}\\b[^>]*>(.*?)</${name}>`, 'gs'))];
    if (found.length !== 1) throw new Error(`There are ${found.length} elements ${name}.`);
    return found[0]![1]!;
  }

  const script = inside('script');
  const style = inside('style');
  const markup = text.replace(script, '').replace(style, '');
  const attributes = (name: string): string[] =>
    [...markup.matchAll(new RegExp(`\\s${name}="([^"]*)"`, 'g'))].map(([, value]) => value!);

  const sha256 = (content: string): string =>
    `'sha256-${createHash('sha256').update(content).digest('base64')}'`;

  t.test(
    `${name}the policy allows script and style of the page by digest, and forbids the rest`,
    async (t) => {
      const directives = new Map(
        policy.split('; ').map((directive) => directive.split(/ (.*)/, 2) as [string, string]),
      );
      t.equal(directives.get('default-src'), "'none'");
      t.equal(directives.get('script-src'), sha256(script));
      t.equal(directives.get('style-src'), sha256(style));
      t.equal(directives.get('connect-src'), "'self'");
      t.equal(directives.get('img-src'), 'blob: data:');
      for (const name of ['base-uri', 'form-action', 'frame-ancestors', 'trusted-types']) {
        t.equal(directives.get(name), "'none'", name);
      }
    },
  );

  t.test(`${name}the page has no external resource, and no code or style in attributes`, async (t) => {
    t.notMatch(markup, /\son\w+=|\sstyle=|javascript:|<iframe|<object|<embed/i);
    t.notMatch(style, /@import|url\(|@font-face/i);
    t.notMatch(
      script,
      /https?:\/\/|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|import\(/,
    );
    for (const source of attributes('src')) t.match(source, /^data:image\/webp;base64,/);
    for (const address of attributes('href'))
      t.match(address, /^\/(docs(#\w+)?|quality|metrics|health|debug\/\w+)$|^data:image\/svg/);
    // The namespace of SVG, and the placeholder of the URL field.
    const named = [...markup.matchAll(/https?:\/\/[\w./]+/g)].map(([address]) => address);
    t.strictSame(named.sort(), ['http://www.w3.org/2000/svg', 'https://example.org/photo.jpg']);
  });

  t.test(`${name}the whole page is no larger than a photograph`, async (t) => {
    t.ok(Buffer.byteLength(text) <= most * KiB, `${Buffer.byteLength(text)} bytes`);
  });

  t.test(`${name}the modules of the script fit together into one`, async (t) => {
    // As in one module, a duplicate top-level name would be an error.
    t.doesNotThrow(() => new Script(`'use strict'; async () => {${script}\n}`));
    t.notMatch(script, /^(import|export)\b/m);
    t.notMatch(script, /^\s*(\/\/|\/\*)/m);
  });

  t.test(`${name}every element that the script looks up exists, and ids are unique`, async (t) => {
    const ids = attributes('id');
    t.equal(new Set(ids).size, ids.length);
    const asked = [...script.matchAll(/\b(?:the|put)\('([\w-]+)'/g)].map(([, id]) => id!);
    t.ok(asked.length > 20);
    t.strictSame(
      asked.filter((id) => !ids.includes(id)),
      [],
    );
  });

  t.test(`${name}labels and landmarks refer to existing elements`, async (t) => {
    const ids = attributes('id');
    const references = ['for', 'aria-labelledby', 'aria-describedby'].flatMap(attributes);
    t.ok(references.length > 5);
    t.strictSame(
      references.filter((id) => !ids.includes(id)),
      [],
    );
    for (const landmark of ['header', 'nav', 'main', 'aside'])
      t.equal(markup.split(`<${landmark}`).length, 2, landmark);
  });

  t.test(`${name}headings go down one level at a time`, async (t) => {
    const levels = [...markup.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
    t.equal(levels.filter((level) => level === 1).length, 1);
    t.strictSame(
      levels.filter((level, i) => level > (levels[i - 1] ?? 0) + 1),
      [],
    );
  });

  t.test(`${name}every element that is opened is closed, in order`, async (t) => {
    const open: string[] = [];
    const wrong: string[] = [];
    const empty = new Set(['meta', 'link', 'img', 'input']);
    for (const [, slash, name] of markup.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g)) {
      if (empty.has(name!)) continue;
      if (slash === '') open.push(name!);
      else if (open.pop() !== name) wrong.push(name!);
    }
    t.strictSame([...open, ...wrong], []);
  });

  t.test(`${name}the page shows the version and the body limit of its server`, async (t) => {
    t.match(markup, '<small>1.2.3</small>');
    t.match(markup, 'data-max-body-bytes="20971520"');
    t.match(markup, 'up to 20 MiB');
  });

  t.test(`${name}the policy changes when a part of the page does`, async (t) => {
    t.not(sha256(`${script} `), sha256(script));
    t.notMatch(policy, 'unsafe');
  });
}
