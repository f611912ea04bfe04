import { existsSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { forgetOld, touch } from '../../../workers/forms/kept.ts';

const nameOf = (digit: number): string => `${String(digit).repeat(32)}-${'a'.repeat(16)}`;

/** Forms of 10 bytes, the first used longest ago, and what is no form. */
function setup(t: Test, count: number): string {
  const names = Array.from({ length: count }, (_, form) => nameOf(form));
  const folder = t.testdir({
    ...Object.fromEntries(names.map((name) => [name, { 'model.onnx': '12345', 'weights.bin': '12345' }])),
    [`${nameOf(1)}.claim`]: '',
    other: { file: 'x'.repeat(100) },
  });
  for (const [form, name] of names.entries()) utimesSync(join(folder, name), form, form);
  return folder;
}

const formsIn = (folder: string): string[] =>
  readdirSync(folder).filter((name) => name.endsWith('-' + 'a'.repeat(16)));

t.test('the forms that were used last are kept', async (t) => {
  const folder = setup(t, 5);
  touch(join(folder, nameOf(0)));
  forgetOld(folder, 25);
  t.strictSame(formsIn(folder), [nameOf(0), nameOf(4)]);
  t.ok(existsSync(join(folder, 'other')) && existsSync(join(folder, `${nameOf(1)}.claim`)));
});

t.test('the newest form is kept whatever its size', async (t) => {
  const folder = setup(t, 3);
  forgetOld(folder, 1);
  t.strictSame(formsIn(folder), [nameOf(2)]);
});

t.test('what is not there cannot be touched or forgotten, and is no error', async (t) => {
  const folder = join(t.testdir(), 'nope');
  t.doesNotThrow(() => touch(folder));
  t.doesNotThrow(() => forgetOld(folder));
});
