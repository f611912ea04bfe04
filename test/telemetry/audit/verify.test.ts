/** What an attacker may do to a chain, and what verifying says of it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { BEGINNING, hashOf, lineAfter, type Link } from '../../../src/telemetry/audit/chain.ts';
import { linesOf, type FileLine } from '../../../src/telemetry/audit/lines.ts';
import { verify } from '../../../src/telemetry/audit/verify.ts';

function chainOf(length: number, word = 'authz_admin'): string[] {
  let last = BEGINNING;
  return Array.from({ length }, (_, at) => {
    const { line, link } = lineAfter(last, { event: `${word}:${at}` });
    last = link;
    return line;
  });
}

async function* fileOf(lines: readonly (string | Buffer)[], cut = false): AsyncGenerator<FileLine> {
  for (const [at, line] of lines.entries()) {
    const whole = !(cut && at === lines.length - 1);
    yield { file: 'f', number: at + 1, bytes: Buffer.from(line), whole };
  }
}

const faultsOf = async (lines: readonly (string | Buffer)[], cut = false): Promise<readonly string[]> =>
  (await verify(fileOf(lines, cut))).faults;

const linkOf = (lines: readonly string[]): Link => ({ seq: lines.length, hash: hashOf(lines.at(-1)!) });

t.test('a chain as it was written holds', async (t) => {
  t.strictSame(await faultsOf(chainOf(5)), []);
  t.strictSame(await faultsOf([]), []);
});

t.test('says of each kind of change where it is', async (t) => {
  const [a, b, c, d, e] = chainOf(5) as [string, string, string, string, string];
  const changed = b.replace('authz_admin:1', 'authz_admin:9');
  const inserted = lineAfter({ seq: 1, hash: hashOf(a) }, {}).line;
  const cases: [string, string[], RegExp[]][] = [
    ['changed', [a, changed, c, d, e], [/^f:3 does not follow f:2: one of the two was changed/]],
    ['removed', [a, b, d, e], [/^Entry 3 is missing before f:3/]],
    ['several removed', [a, e], [/^Entries 2 to 4 are missing before f:2/]],
    [
      'moved',
      [a, c, b, d, e],
      [/^Entry 2 is missing/, /^f:3 is entry 2 and stands behind entry 3/, /^Entry 3/],
    ],
    ['repeated', [a, b, b, c, d, e], [/^f:3 is entry 2 and stands behind entry 2/]],
    ['inserted text', [a, 'x', b, c, d, e], [/^f:2 is no entry/]],
    ['inserted entry', [a, inserted, b, c, d, e], [/^f:3 is entry 2/]],
    ['cut in the middle', [a, b.slice(0, 20), c, d, e], [/^f:2 is no entry/, /^Entry 2 is missing/]],
    ['made anew', [a, b, ...chainOf(2)], [/^f:3 begins a new chain/]],
  ];
  for (const [name, lines, faults] of cases) t.match(await faultsOf(lines), faults, name);
  t.match(await faultsOf([a, b, c.slice(0, 20)], true), [/^f:3, the last line, is cut/]);
  t.match(await faultsOf([a, b, c], true), [/^f:3, the last line, is cut/], 'even of its line end alone');
});

t.test('any change of a byte but in the last line, and any line taken away before it, is found', async () => {
  const lines = chainOf(6);
  await fc.assert(
    fc.asyncProperty(fc.nat(4), fc.nat(1000), fc.integer({ min: 1, max: 255 }), async (row, at, by) => {
      const bytes = Buffer.from(lines[row]!);
      const index = at % bytes.length;
      bytes[index] = bytes[index]! ^ by;
      const changed: (string | Buffer)[] = [...lines];
      changed[row] = bytes;
      const shorter = lines.filter((_, other) => other !== Math.max(1, row));
      return (await faultsOf(changed)).length > 0 && (await faultsOf(shorter)).length > 0;
    }),
    { numRuns: 300 },
  );
});

t.test(
  'what is cut off the end, and a chain made anew, show by a link that was kept elsewhere',
  async (t) => {
    const lines = chainOf(5);
    const links = [linkOf(lines.slice(0, 3)), linkOf(lines)];
    t.strictSame((await verify(fileOf(lines), { links })).faults, []);
    t.match((await verify(fileOf(lines.slice(0, 4)), { links })).faults, [/^Entry 5 is missing/]);
    const anew = chainOf(5, 'authz_change');
    t.strictSame(await faultsOf(anew), [], 'the chain has no key');
    t.match((await verify(fileOf(anew), { links })).faults, [/^Entry 3 is missing, or not/, /^Entry 5/]);
  },
);

t.test('says what the log itself says is missing', async (t) => {
  const [first] = chainOf(1) as [string];
  const { line } = lineAfter(linkOf([first]), { event: 'x', dropped: 7 });
  const { faults, notes } = await verify(fileOf([first, line]));
  t.strictSame([faults, notes], [[], ['7 entries before f:2 could not be written, which it says itself.']]);
});

t.test('finds entries among the lines of a container, where each start begins a chain', async (t) => {
  const lines = [
    '{"level":"INFO","message":"starting"}',
    ...chainOf(2).map((line) => `2026-12-01T00:00:00Z stdout F ${line}`),
    'no JSON',
    ...chainOf(1),
  ];
  const { entries, faults, notes } = await verify(fileOf(lines), { mixed: true });
  t.match({ entries, faults, notes }, { entries: 3, faults: [], notes: [/begins a new chain/] });
  const without = await verify(fileOf(lines.filter((_, at) => at !== 1)), { mixed: true });
  t.match(without.notes, [/^The first entry is number 2/, /begins a new chain/]);
});

t.test('reads the lines of files, also of compressed ones, and says when the last has no end', async (t) => {
  const folder = t.testdir({ plain: 'a\n\nb' });
  writeFileSync(join(folder, 'gz'), gzipSync(`${'x'.repeat(200_000)}\ny\n`));
  const read = async (name: string): Promise<unknown[]> => {
    const lines: unknown[] = [];
    for await (const { bytes, number, whole } of linesOf(join(folder, name))) {
      lines.push([bytes.toString(), number, whole]);
    }
    return lines;
  };
  t.strictSame(await read('plain'), [
    ['a', 1, true],
    ['', 2, true],
    ['b', 3, false],
  ]);
  t.strictSame(await read('gz'), [
    ['x'.repeat(200_000), 1, true],
    ['y', 2, true],
  ]);
});
