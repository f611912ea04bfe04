/** The version of the package, from the package.json above this file, in sources and in dist alike. */
import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';

export const VERSION: string = (
  JSON.parse(readFileSync(findPackageJSON(import.meta.url)!, 'utf8')) as { version: string }
).version;
