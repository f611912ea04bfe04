import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { RelinkError, relink } from '../../../src/http/addon/relink.ts';

const folder = dirname(createRequire(import.meta.url).resolve('uWebSockets.js'));
const binary = (name: string): Buffer => readFileSync(join(folder, name));
const x64 = binary('uws_linux_x64_137.node');
const arm64 = binary('uws_linux_arm64_137.node');

/** How many bytes differ. */
function changed(a: Buffer, b: Buffer): number {
  let count = 0;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) count++;
  return count;
}

function replaced(elf: Buffer, text: string, by: string): Buffer {
  const copy = Buffer.from(elf);
  for (let at = copy.indexOf(text); at >= 0; at = copy.indexOf(text, at + 1)) copy.write(by, at, 'latin1');
  return copy;
}

t.test('a relinked x86-64 file differs in seven bytes and keeps its size', async (t) => {
  const output = relink(x64);
  t.equal(output.length, x64.length);
  t.equal(changed(x64, output), 7);
});

t.test('a relinked aarch64 file differs in five bytes and keeps its size', async (t) => {
  const output = relink(arm64);
  t.equal(output.length, arm64.length);
  t.equal(changed(arm64, output), 5);
});

t.test('the input is left as it was', async (t) => {
  const before = Buffer.from(x64);
  relink(x64);
  t.ok(before.equals(x64));
});

t.test('a file that has been relinked is refused', async (t) => {
  t.throws(() => relink(relink(x64)), { name: 'RelinkError', message: /No symbol of the file is bound/ });
});

t.test(
  'a file that needs another symbol of GLIBC_2.38 is refused, and the error names the symbol',
  async (t) => {
    const other = replaced(x64, '__isoc23_strtol\0', '__isoc23_strtox\0');
    t.throws(() => relink(other), { name: 'RelinkError', message: /__isoc23_strtox/ });
  },
);

t.test('a file that does not need GLIBC_2.38 is refused', async (t) => {
  t.throws(() => relink(replaced(x64, 'GLIBC_2.38\0', 'GLIBC_2.37\0')), {
    message: /does not need GLIBC_2\.38/,
  });
});

t.test('a file for another machine is refused', async (t) => {
  const riscv = Buffer.from(x64);
  riscv.writeUInt16LE(243, 18);
  t.throws(() => relink(riscv), { name: 'RelinkError', message: /machine 243/ });
});

t.test('a 32-bit file is refused', async (t) => {
  const small = Buffer.from(x64);
  small[4] = 1;
  t.throws(() => relink(small), { name: 'RelinkError', message: /64-bit/ });
});

t.test('what is no ELF file is refused', async (t) => {
  t.throws(() => relink(binary('uws_darwin_arm64_137.node')), { name: 'RelinkError', message: /Not an ELF/ });
  t.throws(() => relink(Buffer.alloc(0)), { name: 'RelinkError' });
});

t.test('a truncated file is refused', async (t) => {
  t.throws(() => relink(x64.subarray(0, x64.length >> 1)), { name: 'RelinkError', message: /cut off/ });
});

t.test('a damaged file ends in another file of the same size or in a RelinkError', async (t) => {
  // The tables are in the first half megabyte; the section headers are at the end.
  const tables = fc.nat(500_000);
  const headers = fc.nat(2500).map((back) => arm64.length - 1 - back);
  const edit = fc.tuple(fc.oneof(fc.nat(63), tables, headers, headers), fc.nat(255));
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 40 }), (edits) => {
      const elf = Buffer.from(arm64);
      for (const [at, value] of edits) elf[at] = value;
      try {
        t.equal(relink(elf).length, elf.length);
      } catch (error) {
        t.ok(error instanceof RelinkError, String(error));
      }
    }),
    { numRuns: 40 },
  );
});
