import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import type { Test } from 'tap';
import { compiledForm, type Compiler } from '../../../workers/forms/compiled.ts';
import { bytes, integer, message, text } from '../../../tools/onnx/model.ts';

const LARGE = 1024 * 1024;

/** A model of that many bytes, whose weights are `fill`, and which takes others from the files of those names. */
function modelOf(length: number, fill: string, ...locations: readonly string[]): Buffer {
  const outside = locations.map((location) =>
    message(5, message(13, text(1, 'location'), text(2, location)), integer(14, 1)),
  );
  const weights = (count: number): Buffer =>
    message(7, ...outside, message(5, bytes(9, Buffer.alloc(count, fill))));
  const shorter = weights(length);
  const model = weights(length - (shorter.length - length));
  return Buffer.concat([model, Buffer.alloc(length - model.length, integer(1, 8))]);
}

interface Bench {
  readonly file: string;
  readonly folder: string;
  readonly compiler: Compiler;
  /** How often it has compiled. */
  readonly compiled: () => number;
  readonly form: (compiler?: Partial<Compiler>) => Promise<string | undefined>;
}

/** A model, a folder and a compiler that writes two short files. */
function bench(t: Test, bytes = LARGE): Bench {
  const root = t.testdir();
  const file = join(root, 'model.onnx');
  writeFileSync(file, modelOf(bytes, 'm'));
  const folder = join(root, 'cache', 'compiled');
  let compiled = 0;
  const compiler: Compiler = {
    version: 'onnxruntime 1',
    waitMs: 50,
    compile: async (target) => {
      compiled++;
      writeFileSync(target, 'optimised');
      writeFileSync(join(dirname(target), 'weights.bin'), 'weights');
    },
  };
  const form = (other: Partial<Compiler> = {}) => compiledForm(file, folder, { ...compiler, ...other });
  return { file, folder, compiler, compiled: () => compiled, form };
}

t.test('a model is compiled once, and found again', async (t) => {
  const { folder, form, compiled } = bench(t);
  const first = await form();
  t.equal(readFileSync(first!, 'utf8'), 'optimised');
  t.equal(await form(), first);
  t.equal(compiled(), 1);
  t.equal(readdirSync(folder).length, 1, 'nothing else is left in the folder');
});

t.test('another model, and another onnxruntime, have forms of their own', async (t) => {
  const { file, form, compiled } = bench(t);
  const first = await form();
  t.not(await form({ version: 'onnxruntime 2' }), first);
  writeFileSync(file, modelOf(LARGE, 'n'));
  t.not(await form(), first);
  t.equal(compiled(), 3);
});

t.test('a small model has no form', async (t) => {
  const { folder, form } = bench(t, LARGE - 1);
  t.equal(await form(), undefined);
  t.notOk(existsSync(folder));
});

t.test(
  'a small model with weights beside it has one, so that nobody can write into what is mapped',
  async (t) => {
    const { file, form } = bench(t);
    writeFileSync(file, modelOf(1000, 'm', 'model.onnx.data'));
    writeFileSync(`${file}.data`, 'some weights');
    t.ok(await form());
  },
);

t.test('a form that is used is not the oldest any more', async (t) => {
  const { form } = bench(t);
  const folder = dirname((await form())!);
  utimesSync(folder, new Date(0), new Date(0));
  await form();
  t.ok(statSync(folder).mtimeMs > 0);
});

t.test('weights beside the model count, and others have a form of their own', async (t) => {
  const { file, form, compiled } = bench(t);
  writeFileSync(file, modelOf(1000, 'm', 'model.onnx.data'));
  const data = join(dirname(file), 'model.onnx.data');
  writeFileSync(data, Buffer.alloc(LARGE, 1));
  const first = await form();
  t.ok(first);
  writeFileSync(data, Buffer.alloc(LARGE, 2));
  const second = await form();
  t.not(second, first);
  writeFileSync(data, Buffer.alloc(LARGE, 1));
  t.equal(await form(), first, 'and the first ones have theirs again');
  rmSync(data);
  writeFileSync(file, modelOf(LARGE, 'm', 'model.onnx.data'));
  t.notOk([first, second].includes(await form()), 'without them it is another model too');
  t.equal(compiled(), 3);
});

t.test('every file with weights counts', async (t) => {
  const { file, form, compiled } = bench(t);
  const [a, b] = ['a', 'b'].map((name) => join(dirname(file), name)) as [string, string];
  writeFileSync(file, modelOf(LARGE, 'm', 'a', 'b'));
  writeFileSync(a, '1');
  writeFileSync(b, '2');
  await form();
  writeFileSync(a, '2');
  writeFileSync(b, '1');
  await form();
  writeFileSync(a, '1');
  await form();
  t.equal(compiled(), 3);
});

const NOT_FOLLOWED: Readonly<Record<string, string>> = {
  'outside of the folder': '../weights',
  'in a device': 'device',
  'in a folder': 'folder',
};
for (const [where, location] of Object.entries(NOT_FOLLOWED)) {
  t.test(`a model with weights ${where} has no form`, async (t) => {
    const { file, form, compiled } = bench(t);
    mkdirSync(join(dirname(file), 'folder'));
    symlinkSync('/dev/null', join(dirname(file), 'device'));
    writeFileSync(file, modelOf(LARGE, 'm', location));
    t.equal(await form(), undefined);
    t.equal(compiled(), 0);
  });
}

t.test('a file that is written while it is compiled leaves no form', async (t) => {
  const { file, folder, form, compiler } = bench(t);
  const data = join(dirname(file), 'data');
  writeFileSync(file, modelOf(LARGE, 'm', 'data'));
  writeFileSync(data, '1');
  const meanwhile = async (target: string): Promise<void> => {
    writeFileSync(data, '2');
    await compiler.compile(target);
  };
  t.equal(await form({ compile: meanwhile }), undefined);
  t.same(readdirSync(folder), []);
});

t.test('the folder is private, and one that others can write is not used', async (t) => {
  const { folder, form, compiled } = bench(t);
  const first = await form();
  t.equal(statSync(folder).mode & 0o077, 0);
  t.equal(statSync(dirname(first!)).mode & 0o077, 0);
  chmodSync(folder, 0o777);
  t.equal(await form(), undefined);
  chmodSync(folder, 0o700);
  chmodSync(dirname(first!), 0o722);
  t.equal(await form(), first);
  t.equal(compiled(), 2, 'it was made again');
});

const DAMAGES: Readonly<Record<string, (form: string) => void>> = {
  'a changed model': (form) => writeFileSync(join(form, 'model.onnx'), 'Optimised'),
  'changed weights': (form) => writeFileSync(join(form, 'weights.bin'), 'weight5'),
  'weights that are gone': (form) => rmSync(join(form, 'weights.bin')),
  'a file that nobody wrote': (form) => writeFileSync(join(form, 'more.bin'), ''),
  'a manifest that is gone': (form) => rmSync(join(form, 'manifest.json')),
  'a manifest that is no JSON': (form) => writeFileSync(join(form, 'manifest.json'), '{'),
  'a manifest of nothing': (form) => {
    for (const name of readdirSync(form)) rmSync(join(form, name));
    writeFileSync(join(form, 'manifest.json'), '{}');
  },
};
for (const [damage, harm] of Object.entries(DAMAGES)) {
  t.test(`${damage}: it is made again`, async (t) => {
    const { form, compiled } = bench(t);
    const first = await form();
    harm(dirname(first!));
    t.equal(await form(), first);
    t.equal(compiled(), 2);
    t.equal(readFileSync(join(dirname(first!), 'weights.bin'), 'utf8'), 'weights');
    t.same(readdirSync(dirname(first!)).toSorted(), ['manifest.json', 'model.onnx', 'weights.bin']);
  });
}

t.test('a form that was copied or restored is known by its digests', async (t) => {
  const { form, compiled } = bench(t);
  const first = await form();
  const longAgo = new Date(0);
  for (const name of readdirSync(dirname(first!))) utimesSync(join(dirname(first!), name), longAgo, longAgo);
  t.equal(await form(), first);
  t.equal(compiled(), 1);
});

t.test('the files of an untouched form are not read', async (t) => {
  const { form, compiled } = bench(t);
  const first = await form();
  const manifest = join(dirname(first!), 'manifest.json');
  const notes = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, object>;
  const unread = Object.entries(notes).map(([name, note]) => [
    name,
    { ...note, sha256: 'of something else' },
  ]);
  writeFileSync(manifest, JSON.stringify(Object.fromEntries(unread)));
  t.equal(await form(), first);
  t.equal(compiled(), 1);
});

t.test('what cannot be compiled has no form, and leaves nothing behind', async (t) => {
  const { folder, form } = bench(t);
  t.equal(await form({ compile: () => Promise.reject(new Error('no')) }), undefined);
  t.same(readdirSync(folder), []);
});

t.test('below a folder that answers ENOENT there is no form, and no error', async (t) => {
  const { file, compiler, compiled } = bench(t);
  t.equal(await compiledForm(file, '/proc/cache/compiled', compiler), undefined);
  t.equal(compiled(), 0);
});

t.test('without a folder there is no form, and no error', async (t) => {
  const { folder, form, compiled } = bench(t);
  writeFileSync(dirname(folder), 'a file, where the folder should be');
  t.equal(await form(), undefined);
  t.equal(compiled(), 0);
});

t.test('of several threads that start together one compiles, and the others use its form', async (t) => {
  const { form, compiled, compiler } = bench(t);
  let go!: () => void;
  const gate = new Promise<void>((resolve) => (go = resolve));
  const slow = async (target: string): Promise<void> => {
    await gate;
    await compiler.compile(target);
  };
  const forms = [1, 2, 3].map(() => form({ compile: slow, waitMs: Infinity }));
  go();
  const [first, ...others] = await Promise.all(forms);
  t.ok(first);
  t.same(others, [first, first]);
  t.equal(compiled(), 1);
});

t.test('a form that another thread is still compiling after the wait is not used', async (t) => {
  const { folder, form, compiled } = bench(t);
  const first = dirname((await form())!);
  rmSync(first, { recursive: true });
  writeFileSync(`${first}.claim`, '');
  t.equal(await form(), undefined);
  t.equal(compiled(), 1);
  t.ok(existsSync(`${first}.claim`), 'the claim is the other one’s');
  const longAgo = new Date(Date.now() - 3_600_000);
  utimesSync(`${first}.claim`, longAgo, longAgo);
  t.ok(await form(), 'unless it must have died');
  t.equal(readdirSync(folder).length, 1);
});

t.test('a folder that exists is used as it is', async (t) => {
  const { folder, form } = bench(t);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  t.ok(await form());
});
