/** What a linter would say about the Dockerfile, and that it says the same as its neighbours. Builds nothing. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { parse } from 'yaml';
import { CUDA_ARGUMENTS } from '../../deploy/image/build.ts';
import { factsOf } from '../../src/config/schema.ts';

interface Instruction {
  readonly word: string;
  readonly rest: string;
}

const DOCKERFILE = readFileSync('Dockerfile', 'utf8');
/** Lines that go on are joined, comments are left out. */
const INSTRUCTIONS: readonly Instruction[] = DOCKERFILE.replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => {
    const [, word, rest] = /^(\S+)\s+(.*)$/.exec(line)!;
    return { word: word!, rest: rest! };
  });
/** Those of the last stage. */
const FINAL = INSTRUCTIONS.slice(INSTRUCTIONS.findLastIndex(({ word }) => word === 'FROM'));
const LAUNCHER = readFileSync('bin/ortolan', 'utf8');
const PACKAGE = JSON.parse(readFileSync('package.json', 'utf8')) as {
  version: string;
  license: string;
  description: string;
  devDependencies: Record<string, string>;
};

const all = (word: string, among = INSTRUCTIONS): string[] =>
  among.filter((one) => one.word === word).map(({ rest }) => rest);
const only = (word: string): string => {
  const found = all(word, FINAL);
  if (found.length !== 1) throw new Error(`The last stage has ${found.length} lines ${word}.`);
  return found[0]!;
};
const words = (text: string): string[] => JSON.parse(text) as string[];
const environment = new Map(
  [...only('ENV').matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name!, value!] as const),
);

t.test('every base is an argument with a default, pinned by tag and digest, or nothing at all', async (t) => {
  const defaults = new Map(
    all('ARG')
      .filter((rest) => rest.includes('='))
      .map((rest) => rest.split(/=(.*)/s) as [string, string]),
  );
  const stages = new Set<string>();
  for (const from of all('FROM')) {
    const [image, , stage] = from.split(' ');
    const variable = /^\$\{(\w+)\}$/.exec(image!)?.[1];
    if (variable === undefined) t.ok(stages.has(image!), `${image} is a stage`);
    else {
      t.match(defaults.get(variable), /^(scratch|[\w./-]+:\d[\w.-]+@sha256:[0-9a-f]{64})$/, variable);
    }
    stages.add(stage!);
  }
});

t.test('the base has the Node.js that package.json names', async (t) => {
  const version = PACKAGE.devDependencies['node']!;
  t.match(DOCKERFILE, `ARG NODE_IMAGE=docker.io/library/node:${version}-trixie-slim@sha256:`);
  t.match(DOCKERFILE, `image.base.name="docker.io/library/node:${version}-trixie-slim"`);
});

t.test('no image and no package is taken as the latest', async (t) => {
  t.notMatch(DOCKERFILE, /:latest|@latest/);
});

t.test('needs no front end from a registry, and nothing that older builders lack', async (t) => {
  t.notMatch(DOCKERFILE, /^#\s*syntax/im);
  t.notMatch(DOCKERFILE, /<<-?\w/, 'heredoc');
  for (const { word, rest } of INSTRUCTIONS) t.notMatch(rest, /--(link|mount|start-interval)\b/, word);
});

t.test('packages are those of the lock file, and none of their scripts runs', async (t) => {
  const installs = all('RUN')
    .join('\n')
    .match(/npm (ci|install)[^&]*/g)!;
  t.equal(installs.length, 2);
  t.match(installs[0], /^npm ci --omit=dev /);
  for (const install of installs) t.match(install, '--ignore-scripts');
});

t.test('the lists of apt are removed in the layer that fetched them', async (t) => {
  for (const line of all('RUN').filter((rest) => rest.includes('apt-get install'))) {
    t.match(
      line,
      /^apt-get update && apt-get install .*--no-install-recommends.* && rm -rf \/var\/lib\/apt\/lists/,
    );
  }
});

t.test(
  'the last stage runs no command, so that it needs no shell, and adds no archive or address',
  async (t) => {
    for (const word of ['RUN', 'ADD', 'SHELL', 'VOLUME']) t.strictSame(all(word, FINAL), [], word);
    t.strictSame(all('ADD'), []);
  },
);

t.test('the last stage copies from the checkout by name, never all of it', async (t) => {
  for (const line of all('COPY')) t.notMatch(line, /(^|\s)\.\/?\s+\S+$/, line);
});

t.test('runs as a user by number that is not root', async (t) => {
  t.equal(only('USER'), '65532:65532');
});

t.test('starts in the exec form, with the signals that the server knows', async (t) => {
  t.equal(words(only('ENTRYPOINT'))[0], '/usr/bin/tini');
  t.strictSame(words(only('CMD')), ['serve']);
  t.equal(only('STOPSIGNAL'), 'SIGTERM');
  t.notMatch(DOCKERFILE, /npm (start|run)/);
});

t.test('starts node as bin/ortolan does', async (t) => {
  const [, flags] = /^exec "\$node" (.*) "\$main" "\$@"$/m.exec(LAUNCHER)!;
  const entry = words(only('ENTRYPOINT'));
  const node = entry.indexOf('/usr/local/bin/node');
  t.strictSame(entry.slice(node + 1, -1), flags!.split(' '));
  t.equal(entry.at(-1), '/app/dist/src/main.js');
  t.match(LAUNCHER, 'main=$root/dist/src/main.js');
});

t.test('sets each variable that bin/ortolan sets', async (t) => {
  const set = new Set([...LAUNCHER.matchAll(/^\s*export (\w+)/gm)].map(([, name]) => name!));
  t.strictSame([...set].toSorted(), ['NODE_COMPILE_CACHE', 'UV_THREADPOOL_SIZE'], 'there is no third');
  for (const name of set) t.ok(environment.has(name), name);
  t.match(LAUNCHER, 'code=$cache/code');
  t.equal(environment.get('NODE_COMPILE_CACHE'), `${environment.get('ORTOLAN_CACHE_DIR')}/code`);
});

t.test('listens on the port that it exposes, from everywhere', async (t) => {
  t.equal(only('EXPOSE'), String(factsOf('port').default));
  t.equal(environment.get('ORTOLAN_HOST'), '0.0.0.0');
});

t.test('has a health check in the exec form that needs no curl', async (t) => {
  const [, check] = /CMD (\[.*\])$/.exec(only('HEALTHCHECK'))!;
  t.strictSame(words(check!), ['/usr/local/bin/node', '/app/dist/src/main.js', 'health']);
  t.notMatch(INSTRUCTIONS.map(({ rest }) => rest).join('\n'), /\b(curl|wget)\b/);
});

t.test('carries the labels of OCI, and they say what package.json says', async (t) => {
  const labels = only('LABEL');
  t.match(labels, `org.opencontainers.image.version="${PACKAGE.version}"`);
  t.match(labels, `org.opencontainers.image.licenses="${PACKAGE.license}"`);
  for (const name of ['title', 'description', 'revision', 'created', 'base.name']) {
    t.match(labels, `org.opencontainers.image.${name}="`);
  }
});

t.test('no variable and no argument holds a secret', async (t) => {
  const names = [...environment.keys(), ...all('ARG').map((rest) => rest.split('=')[0]!)];
  for (const name of names) t.notMatch(name, /TOKEN|SECRET|PASSWORD|KEY/i);
});

t.test('nothing goes to the builder but what is listed, and all that is copied is', async (t) => {
  const [first, ...rules] = readFileSync('.dockerignore', 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  t.equal(first, '*');
  const listed = rules.filter((rule) => rule.startsWith('!')).map((rule) => rule.slice(1));
  for (const [at, rule] of rules.entries()) {
    if (rule.startsWith('!')) continue;
    t.match(rule, /^\w+\/\*$/, 'only narrows');
    t.equal(rules[at - 1], `!${rule.slice(0, -2)}`, 'what was opened the line before');
  }
  const copied = all('COPY')
    .filter((line) => !line.includes('--from='))
    .flatMap((line) => line.split(' ').slice(0, -1));
  for (const path of copied) {
    t.ok(
      listed.some((open) => path === open || path.startsWith(`${open}/`)),
      `${path} is listed`,
    );
  }
  for (const open of listed) {
    t.ok(
      copied.some((path) => path === open || path.startsWith(`${open}/`)),
      `${open} is copied`,
    );
  }
});

t.test('the variant for GPUs is the same in make image and in compose', async (t) => {
  const file = parse(readFileSync('compose.gpu.yaml', 'utf8')) as {
    services: { api: { build: { args: object } } };
  };
  t.strictSame(file.services.api.build.args, { ...CUDA_ARGUMENTS });
});
