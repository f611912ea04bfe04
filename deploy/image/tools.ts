/**
 * Leaves in package.json only those devDependencies that the image is built with, so that `npm install` brings them
 * in the versions of the lock file, and not the gigabyte that tests and checks take besides. Run while the image is
 * built, on a copy: `node deploy/image/tools.ts package.json`.
 */
import { readFileSync, writeFileSync } from 'node:fs';

/** What `make build` and `make sbom` run. */
const TOOLS = [
  '@typescript/native',
  '@types/node',
  '@types/cli-progress',
  '@cyclonedx/cyclonedx-npm',
  'esbuild',
];

/** The text of a package.json without the other devDependencies. @throws Error when one of ours is not there. */
export function onlyTools(text: string): string {
  const manifest = JSON.parse(text) as { devDependencies?: Record<string, string> };
  const all = manifest.devDependencies ?? {};
  const kept = TOOLS.map((name) => {
    const version = all[name];
    if (version === undefined) throw new Error(`package.json has no devDependency ${name}.`);
    return [name, version] as const;
  });
  return `${JSON.stringify({ ...manifest, devDependencies: Object.fromEntries(kept) }, null, 2)}\n`;
}

if (import.meta.main) {
  const [file] = process.argv.slice(2);
  if (file === undefined) throw new Error('Name the package.json to shorten.');
  writeFileSync(file, onlyTools(readFileSync(file, 'utf8')));
}
