import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  EnvironmentLack,
  environmentOf,
  pinnedVersion,
  stampOf,
  told,
} from '../../src/python/environment.ts';

t.test('a stamp changes with the requirements and with Python, and with nothing else', (t) => {
  const stamp = stampOf('3.11', 'mosec==0.9.8\n');
  t.equal(stampOf('3.11', 'mosec==0.9.8\n'), stamp);
  t.not(stampOf('3.11', 'mosec==0.9.9\n'), stamp);
  t.not(stampOf('3.12', 'mosec==0.9.8\n'), stamp);
  t.end();
});

t.test('the version of a package is read from its pin', (t) => {
  const requirements =
    '# What is asked for.\nuvicorn[standard]==0.54.0\nray-haproxy==2.8.25\nray[serve]==2.60.0\n';
  t.equal(pinnedVersion(requirements, 'ray'), '2.60.0');
  t.equal(pinnedVersion(requirements, 'Uvicorn'), '0.54.0');
  t.throws(() => pinnedVersion(requirements, 'fastapi'), /do not pin fastapi/);
  t.end();
});

t.test('a machine without the Python that is asked for is told so as a lack', async (t) => {
  const home = t.testdir({ 'requirements-none.txt': '' });
  const made = environmentOf(home, 'none', ['2.0', '2.1']);
  await t.rejects(made, new EnvironmentLack('there is no Python 2.0 or 2.1 with venv on the PATH'));
});

t.test('an environment that was made for any of the versions is taken as it is', async (t) => {
  const home = t.testdir({ 'requirements-none.txt': '', '.venv': { none: {} } });
  writeFileSync(join(home, '.venv/none/.made-from'), stampOf('2.1', ''));
  t.equal(await environmentOf(home, 'none', ['2.0', '2.1']), join(home, '.venv/none/bin'));
});

t.test('pip without a network is a lack, and a wrong pin is not', async (t) => {
  const pip = (said: string): Promise<unknown> =>
    told('sh', ['-c', 'echo "$1" >&2; exit 1', 'pip', said]).catch((error: unknown) => error);
  t.ok((await pip('ERROR: Could not find a version (from versions: none)')) instanceof EnvironmentLack);
  const wrong = await pip('ERROR: Could not find a version (from versions: 1.0, 2.0)');
  t.match(wrong, /from versions: 1\.0, 2\.0/);
  t.notOk(wrong instanceof EnvironmentLack);
});
