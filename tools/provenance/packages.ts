/** The packages that the server runs with, as package-lock.json has them, and what speaks against one. Pure. */

/** A row of package-lock.json, version 3. */
export interface LockedPackage {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly hasInstallScript?: boolean;
}

export interface Package {
  /** As it is imported. */
  readonly name: string;
  /** As it is published, where that differs. */
  readonly alias: string | undefined;
  readonly version: string;
  readonly license: string;
  /** SHA-512 of the archive, in base64. */
  readonly integrity: string | undefined;
  readonly installScript: 'none' | 'allowed' | 'denied' | 'undecided';
}

/**
 * Licences under which a package may be part of the server. The LGPL is that of libvips, in packages of sharp, which is
 * loaded as a shared library of its own.
 */
const LICENSES: ReadonlySet<string> = new Set([
  ...[
    'MIT',
    'MIT-0',
    'ISC',
    '0BSD',
    'BSD-2-Clause',
    'BSD-3-Clause',
    'Apache-2.0',
    'BlueOak-1.0.0',
    'CC0-1.0',
  ],
  'LGPL-3.0-or-later',
]);

/** `decided`: allowScripts of package.json. */
export function productionPackages(
  locked: Readonly<Record<string, LockedPackage>>,
  decided: Readonly<Record<string, boolean>>,
): readonly Package[] {
  return Object.entries(locked)
    .filter(([path, { dev, devOptional }]) => path !== '' && dev !== true && devOptional !== true)
    .map(([path, row]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      return {
        name,
        alias: row.name === name ? undefined : row.name,
        version: row.version ?? '',
        license: row.license ?? '',
        integrity: row.integrity,
        installScript: row.hasInstallScript === true ? scriptOf(decided[name]) : 'none',
      } as const;
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

const scriptOf = (allowed: boolean | undefined): Package['installScript'] =>
  allowed === undefined ? 'undecided' : allowed ? 'allowed' : 'denied';

/** Sentences; none when there is nothing against the package. */
export function objectionsTo({
  name,
  version,
  license,
  integrity,
  installScript,
}: Package): readonly string[] {
  const objections: string[] = [];
  if (!isAllowed(license)) objections.push(`its licence is ${license === '' ? 'not named' : license}`);
  if (integrity?.startsWith('sha512-') !== true) objections.push('its archive has no SHA-512');
  if (!/^\d+\.\d+\.\d+/.test(version)) objections.push(`its version is ${version}`);
  if (installScript === 'undecided')
    objections.push('it has an install script, which allowScripts of package.json does not decide on');
  return objections.map((objection) => `${name}: ${objection}.`);
}

/** `(A OR B)` with one that is allowed, `A AND B` with all. */
function isAllowed(license: string): boolean {
  const plain = license.replace(/^\((.*)\)$/, '$1');
  if (plain.includes(' OR ')) return plain.split(' OR ').some((one) => isAllowed(one));
  return plain.split(' AND ').every((one) => LICENSES.has(one));
}
