import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { keepCode } from '../../src/disk/code-cache.ts';

t.test('compiled code is kept in a private folder below the cache folder, by threads too', async (t) => {
  const cache = join(t.testdir(), 'cache');
  const env: NodeJS.ProcessEnv = { ORTOLAN_CACHE_DIR: cache };
  keepCode(env);
  t.equal(env['NODE_COMPILE_CACHE'], join(cache, 'code'));
  t.equal(statSync(join(cache, 'code')).mode & 0o777, 0o700);
});

t.test('a setting in the environment is kept', async (t) => {
  for (const name of ['NODE_COMPILE_CACHE', 'NODE_DISABLE_COMPILE_CACHE']) {
    const env = { ORTOLAN_CACHE_DIR: t.testdir(), [name]: '1' };
    keepCode(env);
    t.strictSame(Object.keys(env), ['ORTOLAN_CACHE_DIR', name]);
    t.strictSame(readdirSync(env.ORTOLAN_CACHE_DIR), []);
  }
});

t.test('without a cache folder no compiled code is kept', async (t) => {
  for (const env of [{}, { ORTOLAN_CACHE_DIR: '' }, { ORTOLAN_CACHE_DIR: '/proc/cache' }]) {
    const before = { ...env };
    keepCode(env);
    t.strictSame(env, before);
  }
  t.notOk(existsSync('/proc/cache'));
});
