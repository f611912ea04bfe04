/** Certificates for tests, made by openssl: an authority, what it signs, and files that change as real ones do. */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';

/** A reason to skip tests that need it. */
export const NO_OPENSSL = spawnSync('openssl', ['version']).status !== 0 && 'openssl is not installed';

/** Files of a certificate and its key. */
export interface Pair {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface Wanted {
  /** Common name; '' for a certificate without a subject. */
  readonly name?: string;
  /** As openssl writes them: `DNS:localhost`, `IP:127.0.0.1`. */
  readonly names?: readonly string[];
  readonly days?: number;
  /** Options of `openssl genpkey`; by default EC on P-256. */
  readonly key?: readonly string[];
  /** It may sign others. */
  readonly authority?: boolean;
  readonly signedBy?: Pair;
  /** What it may be used for: `clientAuth`; by default anything. */
  readonly use?: string;
}

export const EC = (curve: string) => ['-algorithm', 'EC', '-pkeyopt', `ec_paramgen_curve:${curve}`] as const;
export const RSA = (bits: number) => ['-algorithm', 'RSA', '-pkeyopt', `rsa_keygen_bits:${bits}`] as const;

/** @throws Error with what openssl says */
export function openssl(args: readonly string[], input = ''): string {
  const { status, stdout, stderr } = spawnSync('openssl', args, { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(`openssl ${args.join(' ')}\n${stderr}`);
  return stdout;
}

/** Makes certificates in a folder of the test's own. */
export class Mint {
  readonly folder: string;
  #made = 0;

  constructor(t: Pick<Test, 'teardown'>) {
    // Not t.testdir(): a test may have one for its models.
    this.folder = mkdtempSync(join(tmpdir(), 'ortolan-tls-'));
    t.teardown(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Signed by itself, unless it says otherwise. */
  make({
    name = 'test',
    names = [],
    days = 30,
    key = EC('P-256'),
    authority = false,
    signedBy,
    use,
  }: Wanted = {}): Pair {
    const base = this.path(String(++this.#made));
    const pair = { certFile: `${base}.crt`, keyFile: `${base}.key` };
    openssl(['genpkey', ...key, '-out', pair.keyFile]);
    writeFileSync(
      `${base}.ext`,
      [
        `basicConstraints=critical,CA:${authority ? 'TRUE' : 'FALSE'}`,
        ...(use === undefined ? [] : [`extendedKeyUsage=${use}`]),
        ...(names.length === 0 ? [] : ['subjectAltName=@names', '[names]']),
        // A section takes what a list in one line would split at its commas.
        ...names.map((text, index) => text.replace(/:(.*)/, `.${index}=$1`)),
        '',
      ].join('\n'),
    );
    const subject = name === '' ? '/' : `/CN=${name}`;
    openssl(['req', '-new', '-utf8', '-key', pair.keyFile, '-subj', subject, '-out', `${base}.csr`]);
    const signer =
      signedBy === undefined
        ? ['-signkey', pair.keyFile]
        : ['-CA', signedBy.certFile, '-CAkey', signedBy.keyFile, '-CAcreateserial'];
    const dates = ['-days', String(days)];
    const extensions = ['-extfile', `${base}.ext`];
    openssl([
      'x509',
      '-req',
      '-in',
      `${base}.csr`,
      ...signer,
      ...dates,
      ...extensions,
      '-out',
      pair.certFile,
    ]);
    return pair;
  }
}

/** Ways in which the two files get a new content. */
export const CHANGES: Readonly<Record<string, (served: Pair, next: Pair) => void>> = {
  'renamed over': (served, next) => {
    for (const file of ['certFile', 'keyFile'] as const) {
      copyFileSync(next[file], `${served[file]}.new`);
      renameSync(`${served[file]}.new`, served[file]);
    }
  },
  'written in place': (served, next) => {
    for (const file of ['keyFile', 'certFile'] as const) copyFileSync(next[file], served[file]);
  },
};

/** A volume as Kubernetes makes it from a Secret: links to files below `..data`, itself a link that is swapped. */
export class SecretVolume {
  readonly #folder: string;
  readonly pair: Pair;
  #versions = 0;

  constructor(folder: string, first: Pair) {
    this.#folder = folder;
    mkdirSync(folder);
    this.put(first);
    this.pair = { certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') };
    for (const name of ['tls.crt', 'tls.key']) symlinkSync(`..data/${name}`, join(folder, name));
  }

  put(next: Pair): void {
    const version = `..version_${++this.#versions}`;
    mkdirSync(join(this.#folder, version));
    copyFileSync(next.certFile, join(this.#folder, version, 'tls.crt'));
    copyFileSync(next.keyFile, join(this.#folder, version, 'tls.key'));
    symlinkSync(version, join(this.#folder, '..data_tmp'));
    renameSync(join(this.#folder, '..data_tmp'), join(this.#folder, '..data'));
    const before = `..version_${this.#versions - 1}`;
    rmSync(join(this.#folder, before), { recursive: true, force: true });
  }
}
