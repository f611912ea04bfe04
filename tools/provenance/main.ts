/**
 * `make provenance`: the packages that the server runs with, each with its licence, the digest of its archive and whether it
 * may run an install script; then the binaries of uWebSockets.js, which is installed from an alias. Ends with 1 when
 * something speaks against a package.
 *
 *   --json            one JSON object
 *   --upstream DIR    compares those binaries with a checkout of uNetworking/uWebSockets.js at the tag of the version
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { binariesIn, compared } from './binaries.ts';
import { objectionsTo, productionPackages, type LockedPackage } from './packages.ts';

const ALIASED = 'node_modules/uWebSockets.js';

const { values } = parseArgs({ options: { json: { type: 'boolean' }, upstream: { type: 'string' } } });
const lock = readJson('package-lock.json') as { readonly packages: Readonly<Record<string, LockedPackage>> };
const { allowScripts = {} } = readJson('package.json') as {
  readonly allowScripts?: Readonly<Record<string, boolean>>;
};

const packages = productionPackages(lock.packages, allowScripts);
const objections = packages.flatMap((one) => objectionsTo(one));
const binaries = binariesIn(ALIASED);
const comparison =
  values.upstream === undefined ? undefined : compared(binaries, binariesIn(values.upstream));

if (values.json === true)
  console.log(JSON.stringify({ packages, objections, binaries, comparison }, null, 2));
else print();
if (objections.length > 0 || comparison?.some(({ result }) => result === 'differs')) process.exitCode = 1;

function print(): void {
  for (const { name, alias, version, license, integrity, installScript } of packages) {
    const named = alias === undefined ? name : `${name} (${alias})`;
    const script = installScript === 'none' ? '' : `  install script ${installScript}`;
    console.log(`${named} ${version}  ${license}  ${integrity?.slice(0, 20) ?? 'no digest'}…${script}`);
  }
  console.log(`\n${packages.length} packages.`);
  console.log(`\nBinaries of ${ALIASED}:`);
  for (const { file, sha256 } of binaries) console.log(`${sha256}  ${file}`);
  if (comparison === undefined)
    console.log('\nNot compared with those of upstream: give a checkout by --upstream.');
  for (const { file, result } of comparison ?? []) console.log(`${result}  ${file}`);
  for (const objection of objections) console.error(objection);
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
