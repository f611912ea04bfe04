/** SECURITY.md: every claim names the test behind it, and that is there. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

const ROOT = join(import.meta.dirname, '../..');
const text = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8');
const section = text.slice(text.indexOf('## Threats'), text.indexOf('## What is not defended'));
const rows = section.split('\n').filter((line) => /^\| (?!risk|-)/.test(line));

t.test('has a row for each of the ten risks of OWASP, and for those that are our own', (t) => {
  for (let risk = 1; risk <= 10; risk++) {
    t.ok(
      rows.some((row) => row.startsWith(`| API${risk} `)),
      `API${risk}`,
    );
  }
  t.ok(rows.length > 13);
  t.end();
});

t.test('each row names tests, and each test is there', (t) => {
  for (const row of rows) {
    const tests = [...row.matchAll(/\]\((test\/[^)]+\.test\.ts)\)/g)].map(([, file]) => file!);
    t.ok(tests.length > 0, row.slice(0, 60));
    for (const file of tests) t.ok(existsSync(join(ROOT, file)), file);
  }
  t.end();
});
