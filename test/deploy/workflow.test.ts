/** CI runs what people run, on actions that cannot change under it, and can publish nothing. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { faultsOf, read, verbsOf } from './workflow.ts';

const ROOT = join(import.meta.dirname, '../..');
const CI = readFileSync(join(ROOT, '.github/workflows/ci.yml'), 'utf8');
const VERBS = new Set(
  [...readFileSync(join(ROOT, 'Makefile'), 'utf8').matchAll(/^([a-z-]+):/gm)].map(([, verb]) => verb!),
);

t.test('the workflow keeps every rule', async (t) => {
  t.strictSame(faultsOf(CI, VERBS), []);
});

t.test('it runs the checks, the tests and the checks of deployment', async (t) => {
  t.strictSame(verbsOf(read(CI)).toSorted(), ['check', 'check-deploy', 'test']);
});

t.test('it runs for every pull request and for main', async (t) => {
  t.strictSame(read(CI).on, { push: { branches: ['main'] }, pull_request: null });
});

t.test('it builds the image for both processors', async (t) => {
  t.strictSame(read(CI).jobs['image']?.strategy?.matrix, { platform: ['linux/amd64', 'linux/arm64'] });
});

// Each rule, broken.
for (const [what, from, to, fault] of [
  ['an action by its tag', /actions\/checkout@[0-9a-f]{40} # v7\.0\.1/, 'actions/checkout@v7', /not pinned/],
  ['a commit without its version', / # v7\.0\.1/, '', /does not name its version/],
  ['permission to write', 'contents: read', 'contents: write', /more than read/],
  [
    'a job with permissions',
    'name: make test\n',
    'name: make test\n    permissions: {packages: read}\n',
    /of its own/,
  ],
  ['no limit of time', /timeout-minutes: 15/, 'timeout-minutes: 600', /more than an hour/],
  ['no concurrency group', /concurrency:/, 'x-concurrency:', /no concurrency/],
  ['a secret', '- run: make check', '- run: echo ${{ secrets.TOKEN }}', /secrets/],
  ['an image that is pushed', 'push: false', 'push: true', /may be pushed/],
  ['an unknown verb', '- run: make check\n', '- run: make chekc\n', /no verb chekc/],
  [
    'a title in a command',
    '- run: make check\n',
    '- run: make check ${{ github.event.pull_request.title }}\n',
    /pasted/,
  ],
  ['a token left behind', 'persist-credentials: false', 'persist-credentials: true', /left behind/],
  ['a trigger with the rights of main', 'pull_request:\n', 'pull_request_target:\n', /pull_request_target/],
] as const) {
  t.test(`${what} is found`, async (t) => {
    const broken = CI.replace(from, to);
    t.not(broken, CI);
    t.match(faultsOf(broken, VERBS).join('\n'), fault);
  });
}
