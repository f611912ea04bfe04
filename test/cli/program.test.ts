import t from 'tap';
import { ortolan } from './ortolan.ts';

const COMMANDS = ['serve', 'classify', 'models', 'health', 'config'];

t.test('prints help without arguments', async (t) => {
  const { code, out, err } = await ortolan([]);
  t.equal(code, 0);
  t.equal(err, '');
  for (const command of COMMANDS) t.match(out, new RegExp(`^  ${command}\\b`, 'm'));
});

t.test('prints its version', async (t) => {
  t.match(await ortolan(['--version']), { code: 0, out: /^\d+\.\d+\.\d+\n$/ });
});

for (const command of [...COMMANDS, 'models list', 'models verify', 'models pull']) {
  t.test(`helps with ${command}`, async (t) => {
    const { code, out } = await ortolan([...command.split(' '), '--help']);
    t.equal(code, 0);
    t.match(out, `Usage: ortolan ${command}`);
  });
}

t.test('helps with a command by its name too', async (t) => {
  t.match(await ortolan(['help', 'serve']), { code: 0, out: /--max-body-bytes <size>/ });
});

t.test('groups the options of serve', async (t) => {
  const { out } = await ortolan(['serve', '--help']);
  for (const group of ['Server', 'Models', 'Limits', 'Images by URL', 'Logging']) {
    t.match(out, new RegExp(`^${group}:$`, 'm'));
  }
});

const mistakes: [string, string[], RegExp][] = [
  ['a misspelt command', ['serv'], /^ortolan: unknown command 'serv'\n\(Did you mean serve\?\)\n$/],
  [
    'a misspelt flag',
    ['serve', '--prot', '1'],
    /^ortolan: unknown option '--prot'\n\(Did you mean --port\?\)\n$/,
  ],
  ['a flag without its value', ['serve', '--port'], /argument missing/],
  ['too many words', ['config', 'x'], /too many arguments/],
  [
    'a wrong option',
    ['serve', '--port', 'x'],
    /^ortolan: The configuration is wrong\. port: --port says "x"[^\n]*\n$/,
  ],
  [
    'a config file that is not there',
    ['config', '--config', 'none.json'],
    /none\.json is named as the config file/,
  ],
  [
    'an address that is none',
    ['classify', 'a.jpg', '--url', 'nowhere'],
    /"nowhere" is not the address of a server/,
  ],
  [
    'a model that is not in the catalogue',
    ['models', 'pull', 'vgg'],
    /no model vgg in the catalogue; it has resnet18\.\n$/,
  ],
];
for (const [what, args, err] of mistakes) {
  t.test(`answers ${what} with a sentence and exit code 2`, async (t) => {
    const ended = await ortolan(args);
    t.equal(ended.code, 2);
    t.match(ended.err, err);
    t.equal(ended.out, '');
    t.notMatch(ended.err, /^\s+at /m, 'no stack');
  });
}

t.test('refuses to serve from a folder that is not there, with exit code 2', async (t) => {
  const { code, err } = await ortolan(['serve', '--port', '0', '--models', 'nowhere']);
  t.equal(code, 2);
  t.match(err, /^ortolan: The models folder \S+nowhere cannot be read/m);
});
