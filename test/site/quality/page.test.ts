import { createHash } from 'node:crypto';
import { Script } from 'node:vm';
import t from 'tap';
import { qualityPage } from '../../../src/site/quality/page.ts';

const { text, policy } = qualityPage({ version: '1.2.3' });
const KiB = 1024;

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

t.test('the policy allows script and style of the page by digest, and forbids the rest', async (t) => {
  for (const directive of [
    "default-src 'none'",
    `script-src ${sha256(script)}`,
    `style-src ${sha256(style)}`,
    "connect-src 'self'",
    "trusted-types 'none'",
  ])
    t.match(policy, directive);
  t.notMatch(policy, 'unsafe');
});

t.test('the page has no external resource, and no code or style in attributes', async (t) => {
  t.notMatch(markup, /\son\w+=|\sstyle=|javascript:|<iframe|<object|<embed/i);
  t.notMatch(style, /@import|url\(|@font-face/i);
  t.notMatch(
    script.replaceAll('http://www.w3.org/2000/svg', ''),
    /https?:\/\/|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|import\(/,
  );
  for (const address of attributes('href'))
    t.match(address, /^\/(docs(#\w+)?|metrics|health)?$|^data:image\/svg/);
});

t.test('the whole page is smaller than a photograph', async (t) => {
  t.ok(Buffer.byteLength(text) <= 40 * KiB, `${Buffer.byteLength(text)} bytes`);
});

t.test('the modules of the script fit together into one', async (t) => {
  t.doesNotThrow(() => new Script(`'use strict'; async () => {${script}\n}`));
  t.notMatch(script, /^(import|export)\b/m);
});

t.test('every element that the script looks up exists, and ids are unique', async (t) => {
  const ids = attributes('id');
  t.equal(new Set(ids).size, ids.length);
  const asked = [...script.matchAll(/\b(?:the|put)\('([\w-]+)'/g)].map(([, id]) => id!);
  t.ok(asked.length > 5);
  t.strictSame(
    asked.filter((id) => !ids.includes(id)),
    [],
  );
});

t.test('headings go down one level at a time, and name their sections', async (t) => {
  const levels = [...markup.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
  t.equal(levels.filter((level) => level === 1).length, 1);
  t.strictSame(
    levels.filter((level, i) => level > (levels[i - 1] ?? 0) + 1),
    [],
  );
  const ids = attributes('id');
  for (const reference of ['for', 'aria-labelledby'].flatMap(attributes))
    t.ok(ids.includes(reference), reference);
});
