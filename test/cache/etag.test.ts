import t from 'tap';
import { EntityTags, matches, type TagFacts } from '../../src/cache/etag.ts';
import type { ModelVersion } from '../../src/serving/model-version.ts';

const FACTS: TagFacts = { digests: ['a'], variant: 'false 1' };

const versionOf = (instance: number, sha256Declared?: string, labels?: readonly string[]): ModelVersion =>
  ({ source: { instance, file: { sha256Declared } }, settings: { labels } }) as unknown as ModelVersion;

t.test('is weak, and the same for the same content, also in another process', (t) => {
  const tag = new EntityTags('1').of(versionOf(3, 'abc'), FACTS);
  t.match(tag, /^W\/"[\w-]{43}"$/);
  t.equal(new EntityTags('1').of(versionOf(8, 'abc'), FACTS), tag);
  t.end();
});

t.test('all that the answer depends on makes a difference', (t) => {
  const tags = new EntityTags('1');
  const version = versionOf(3, 'abc');
  const all = [
    tags.of(version, FACTS),
    tags.of(version, { ...FACTS, digests: ['b'] }),
    tags.of(version, { ...FACTS, digests: ['a', 'a'] }),
    tags.of(version, { ...FACTS, variant: 'true 1' }),
    tags.of(versionOf(3, 'abd'), FACTS),
    tags.of(versionOf(3, 'abc', ['cat']), FACTS),
    tags.of(versionOf(3), FACTS),
    tags.of(versionOf(4), FACTS),
    new EntityTags('2').of(version, FACTS),
  ];
  t.equal(new Set(all).size, all.length);
  t.end();
});

t.test('If-None-Match matches weakly, any of a list, and nothing that is not a tag', (t) => {
  const matching = ['W/"x"', '"x"', '"a", W/"x"', 'W/"a","x" , "b"'];
  const other = ['', '*', 'x', 'W/x', '"X"', '"x', 'W/"y"', '"a,x"'];
  for (const value of matching) t.ok(matches(value, 'W/"x"'), value);
  for (const value of other) t.notOk(matches(value, 'W/"x"'), value);
  t.end();
});
