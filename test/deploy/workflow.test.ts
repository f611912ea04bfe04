/** CI runs the same targets as developers, for both processors, and publishes nothing. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { parse } from 'yaml';
import { findings, withoutLinter } from '../support/linter.ts';

interface Workflow {
  readonly on: object;
  readonly jobs: Readonly<
    Record<string, { readonly 'timeout-minutes'?: number; readonly strategy?: { readonly matrix: object } }>
  >;
}

const FILE = '.github/workflows/ci.yml';
const TEXT = readFileSync(FILE, 'utf8');
const CI = parse(TEXT) as Workflow;

t.test('zizmor reports no problem', { skip: withoutLinter('zizmor') }, async (t) => {
  t.equal(findings('zizmor', ['--offline', '--no-progress', '--persona=pedantic', FILE]), '');
});

t.test(
  'it runs the checks, the tests and the checks of deployment and of clients, which the Makefile has',
  async (t) => {
    const verbs = [...TEXT.matchAll(/run: make ([\w-]+)$/gm)].map(([, verb]) => verb!);
    t.strictSame(verbs.toSorted(), ['check', 'check-clients', 'check-deploy', 'test']);
    const makefile = readFileSync('Makefile', 'utf8');
    for (const verb of verbs) t.match(makefile, new RegExp(`^${verb}:`, 'm'));
  },
);

t.test('it runs for every pull request and for main, on both processors', async (t) => {
  t.strictSame(CI.on, { push: { branches: ['main'] }, pull_request: null });
  t.strictSame(CI.jobs['image']?.strategy?.matrix, { platform: ['linux/amd64', 'linux/arm64'] });
});

t.test('every job ends within an hour', async (t) => {
  for (const [name, job] of Object.entries(CI.jobs)) t.ok(Number(job['timeout-minutes']) <= 60, name);
});

t.test('it publishes nothing', async (t) => {
  t.notMatch(TEXT, /push: *true|type=registry|login-action|\b(docker|podman|buildah) push|npm publish/);
});
