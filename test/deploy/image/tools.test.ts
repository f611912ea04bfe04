import { readFileSync } from 'node:fs';
import t from 'tap';
import { onlyTools } from '../../../deploy/image/tools.ts';

t.test('leaves the tools of the build in package.json, in the versions that it names', async (t) => {
  const text = readFileSync('package.json', 'utf8');
  const [before, after] = [text, onlyTools(text)].map(
    (one) => JSON.parse(one) as { dependencies: object; devDependencies: Record<string, string> },
  );
  t.strictSame(after!.dependencies, before!.dependencies);
  const kept = Object.entries(after!.devDependencies);
  t.ok(kept.length < Object.keys(before!.devDependencies).length);
  for (const [name, version] of kept) t.equal(version, before!.devDependencies[name], name);
});

t.test('says which tool package.json has lost', async (t) => {
  t.throws(() => onlyTools('{"devDependencies":{}}'), { message: /@typescript\/native/ });
});
