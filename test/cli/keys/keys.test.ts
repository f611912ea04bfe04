/** `ortolan keys`, as it is typed: what is printed, what is written, and what is refused. */
import {
  chmodSync,
  existsSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
  lstatSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { KeySet } from '../../../src/guard/keys/key-set.ts';
import { parseKeys } from '../../../src/guard/keys/keys-file.ts';
import { run } from '../../../src/cli/program.ts';
import { testFolder } from '../../support/api-keys.ts';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function ortolan(cwd: string, ...args: readonly string[]): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const terminal = {
    out: (text: string) => void out.push(text),
    err: (text: string) => void err.push(text),
    env: {},
    cwd,
    colour: false,
    unicode: false,
    watched: false,
  };
  const code = await run(['keys', ...args], terminal);
  return { code, out: out.join('\n'), err: err.join('\n') };
}

const create = (cwd: string, ...more: readonly string[]): Promise<Ran> =>
  ortolan(cwd, 'create', '--file', 'keys.json', '--name', 'shop', '--scope', 'predict', ...more);
const keysIn = (cwd: string) => new KeySet(parseKeys(readFileSync(join(cwd, 'keys.json'), 'utf8')));

t.test('a new key is alone on stdout, works, and is not in the file', async (t) => {
  const cwd = testFolder(t);
  const { code, out, err } = await create(
    cwd,
    ...[
      '--models',
      'a,b',
      '--rate',
      '5/s',
      '--burst',
      '5',
      '--concurrency',
      '4',
      '--daily',
      '1000',
      '--expires',
      '90d',
    ],
  );
  t.equal(code, 0);
  t.match(out, /^ortk_[0-9a-z]{12}_[0-9a-f]{64}$/);
  t.notMatch(err, /_[0-9a-f]{64}/);
  const file = join(cwd, 'keys.json');
  t.equal(statSync(file).mode & 0o777, 0o600);
  t.notMatch(readFileSync(file, 'utf8'), new RegExp(out.slice(-64)));
  t.match(keysIn(cwd).find(out, Date.now()), {
    kind: 'key',
    name: 'shop',
    scopes: new Set(['predict']),
    models: new Set(['a', 'b']),
    limits: { rate: { count: 5, windowMs: 1000 }, burst: 5, concurrency: 4, daily: 1000 },
  });
  t.equal(keysIn(cwd).find(out, Date.now() + 91 * 86_400_000), 'expired');
});

t.test('a key is revoked by its id, by its name, or as it is; the others stay', async (t) => {
  const cwd = testFolder(t);
  const keys = [(await create(cwd)).out, (await create(cwd)).out, (await create(cwd, '--name', 'other')).out];
  const idOf = (key: string): string => key.split('_')[1]!;
  const found = (): string[] =>
    keys.map((key) => {
      const one = keysIn(cwd).find(key, Date.now());
      return typeof one === 'string' ? one : one.name;
    });
  t.strictSame(found(), ['shop', 'shop', 'other']);
  t.equal((await ortolan(cwd, 'revoke', '--file', 'keys.json', idOf(keys[0]!))).code, 0);
  t.strictSame(found(), ['revoked', 'shop', 'other']);
  t.equal((await ortolan(cwd, 'revoke', '--file', 'keys.json', keys[2]!)).code, 0);
  t.equal((await ortolan(cwd, 'revoke', '--file', 'keys.json', '--name', 'shop')).code, 0);
  t.strictSame(found(), ['revoked', 'revoked', 'revoked']);
  t.match(await ortolan(cwd, 'revoke', '--file', 'keys.json', 'zzzzzzzzzzzz'), { code: 1, err: /no key/ });
});

t.test('a list says what each key may do, and has neither keys nor digests', async (t) => {
  const cwd = testFolder(t);
  const { out: key } = await create(cwd, '--expires', '2099-01-31');
  const { out } = await ortolan(cwd, 'list', '--file', 'keys.json');
  t.match(
    out,
    new RegExp(`${key.split('_')[1]} +shop +active +predict +all +- +\\d{4}-\\d\\d-\\d\\d +2099-01-31`),
  );
  const json = await ortolan(cwd, 'list', '--file', 'keys.json', '--json');
  t.match(JSON.parse(json.out), {
    keys: [{ name: 'shop', state: 'active', expires: '2099-01-31T00:00:00.000Z' }],
  });
  t.notMatch(json.out, /[0-9a-f]{64}/);
});

t.test('of twenty commands at once none loses what another has written', async (t) => {
  const cwd = testFolder(t);
  const made = await Promise.all(Array.from({ length: 20 }, () => create(cwd)));
  t.strictSame(new Set(made.map(({ code }) => code)), new Set([0]));
  t.equal(keysIn(cwd).size, 20);
  t.notOk(existsSync(join(cwd, 'keys.json.lock')));
});

t.test('of a link, what it leads to is replaced, with the mode that it had', async (t) => {
  const cwd = testFolder(t);
  writeFileSync(join(cwd, 'real.json'), '{"version": 1, "keys": []}');
  chmodSync(join(cwd, 'real.json'), 0o640);
  symlinkSync('real.json', join(cwd, 'keys.json'));
  t.equal((await create(cwd)).code, 0);
  t.ok(lstatSync(join(cwd, 'keys.json')).isSymbolicLink());
  t.equal(statSync(join(cwd, 'real.json')).mode & 0o777, 0o640);
});

for (const [what, args, says] of [
  ['a scope that there is none', ['--scope', 'predict,all'], /--scope takes a list of/],
  ['a name with spaces', ['--name', 'the shop'], /wrong at name/],
  ['a rate without a time', ['--rate', '5'], /--rate takes/],
  ['a burst without a rate', ['--burst', '5'], /goes with --rate/],
  ['no requests at once', ['--concurrency', '0'], /whole number from 1 on/],
  ['a time that is no time', ['--expires', 'soon'], /--expires takes/],
  ['a day that there is none', ['--expires', '2099-02-31'], /--expires takes/],
  ['a time that is over', ['--expires', '2020-01-01'], /in the past/],
] as const) {
  t.test(`${what} is refused, and nothing is written`, async (t) => {
    const cwd = testFolder(t);
    t.match(await create(cwd, ...args), { code: 2, out: '', err: says });
    t.notOk(existsSync(join(cwd, 'keys.json')));
  });
}

for (const [what, text, mode, says] of [
  ['every user can read', '{"version": 1, "keys": []}', 0o644, /can be read by every user/],
  ['is no JSON', 'ortk_secret', 0o600, /is not valid JSON\.$/],
  ['is of another kind', '{"keys": []}', 0o600, /is wrong/],
  [
    'has a field that is not known',
    '{"version": 1, "keys": [{"scope": "predict"}]}',
    0o600,
    /is wrong at \/keys\/0/,
  ],
] as const) {
  t.test(`a file that ${what} is refused, and stays as it is`, async (t) => {
    const cwd = testFolder(t);
    writeFileSync(join(cwd, 'keys.json'), text);
    chmodSync(join(cwd, 'keys.json'), mode);
    t.match(await create(cwd), { code: 1, out: '', err: says });
    t.equal(readFileSync(join(cwd, 'keys.json'), 'utf8'), text);
  });
}

t.test('without a file the command says how to name one', async (t) => {
  t.match(await ortolan(testFolder(t), 'list'), {
    code: 2,
    err: /--file keys.json, or ORTOLAN_API_KEYS_FILE/,
  });
});
