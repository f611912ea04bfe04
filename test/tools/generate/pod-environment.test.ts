import { parseEnv } from 'node:util';
import t from 'tap';
import { loadConfig } from '../../../src/config/load.ts';
import { envOf } from '../../../src/config/names.ts';
import { podEnvironment } from '../../../tools/generate/pod-environment.ts';
import { factsOf, OPTION_NAMES } from '../../../src/config/schema.ts';

const text = podEnvironment.make();
const lines = text.split('\n');

t.test('has every option once, set or as a comment, under what it does', (t) => {
  for (const name of OPTION_NAMES) {
    const at = lines.flatMap((line, index) =>
      line.replace(/^#/, '').startsWith(`${envOf(name)}=`) ? [index] : [],
    );
    t.equal(at.length, 1, name);
    t.ok(lines.slice(Math.max(0, at[0]! - 4), at[0]).includes(`# ${factsOf(name).description}`), name);
  }
  t.end();
});

t.test('every line is blank, a comment, or an option with a value, as kustomize reads it', (t) => {
  for (const line of lines) t.match(line, /^(|#.*|ORTOLAN_[A-Z0-9_]+=\S+)$/);
  t.ok(text.endsWith('\n'));
  t.notOk(text.endsWith('\n\n'));
  t.end();
});

t.test('gives the defaults back, but for what a pod needs', (t) => {
  const machine = { cores: 1, coresFrom: '', memoryBytes: 1024 ** 3, memoryFrom: '' };
  const input = { flags: {}, cwd: t.testdir(), machine };
  const inPod = loadConfig({ ...input, env: parseEnv(text) }).config;
  const plain = loadConfig({ ...input, env: {} }).config;
  const different = OPTION_NAMES.filter(
    (name) => JSON.stringify(inPod[name]) !== JSON.stringify(plain[name]),
  );
  t.strictSame(different, ['host', 'cacheDir', 'drainDeadlineMs']);
  t.end();
});

t.test('leaves to the pod what follows from its limits, and to the image where its models are', (t) => {
  const set = Object.keys(parseEnv(text));
  for (const name of ['workers', 'wideThreads', 'maxInFlightBytes', 'maxImagePixels', 'models'] as const) {
    t.notOk(set.includes(envOf(name)), name);
  }
  t.end();
});
