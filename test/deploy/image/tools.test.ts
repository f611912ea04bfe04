import { readFileSync } from 'node:fs';
import t from 'tap';
import { onlyTools } from '../../../deploy/image/tools.ts';

t.test('keeps the build tools in package.json, in their pinned versions', async (t) => {
  const text = readFileSync('package.json', 'utf8');
  const [before, after] = [text, onlyTools(text)].map(
    (one) => JSON.parse(one) as { dependencies: object; devDependencies: Record<string, string> },
  );
  t.strictSame(after!.dependencies, before!.dependencies);
  const kept = Object.entries(after!.devDependencies);
  t.ok(kept.length < Object.keys(before!.devDependencies).length);
  for (const [name, version] of kept) t.equal(version, before!.devDependencies[name], name);
});

t.test('names a tool that is missing in package.json', async (t) => {
  t.throws(() => onlyTools('{"devDependencies":{}}'), { message: /@typescript\/native/ });
});
