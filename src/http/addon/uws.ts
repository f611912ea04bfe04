/**
 * Loads uWebSockets.js, and is the only file that does. Its Linux binaries ask for glibc 2.38; where glibc is
 * 2.36 or 2.37 a relinked copy of the same file is loaded instead, made once and kept in the cache folder. Both
 * files are checked by their sha256 before they are used; a copy that differs is made again. See
 * docs/decisions/0001-relink-uwebsockets-for-older-glibc.md, which also says when relinking can be removed.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type * as Declared from 'uWebSockets.js';
import { privateFolder } from '../../disk/cache-folder.ts';
import { relink } from './relink.ts';

export type { HttpRequest, us_listen_socket as ListenSocket } from 'uWebSockets.js';

/** With what its declarations do not have. */
export interface HttpResponse extends Declared.HttpResponse {
  /** The certificate of the client in PEM, empty when it has shown none. Only over TLS. */
  getX509Certificate?(): string;
}

export interface TemplatedApp extends Declared.TemplatedApp {
  /** Names this application to another one, whose connections it then gets in turn with others. Both with TLS, or neither. */
  getDescriptor(): number;
  addChildAppDescriptor(descriptor: number): void;
  removeChildAppDescriptor(descriptor: number): void;
}

/** The addon. DeclarativeResponse is JavaScript beside the binary, which the relinked copy lacks. */
export interface Uws extends Omit<typeof Declared, 'DeclarativeResponse' | 'App' | 'SSLApp'> {
  /** `silent`: answers do not say that they are made by it. */
  _cfg(option: 'silent'): void;
  App(): TemplatedApp;
  /** Throws when the files cannot be used, without saying why. */
  SSLApp(options: Declared.AppOptions): TemplatedApp;
}

/** sha256 of the binaries of uWebSockets.js 20.56.0, and of what relink() makes of them. */
const RELINKED: Readonly<Record<string, { readonly input: string; readonly output: string }>> = {
  'uws_linux_x64_127.node': {
    input: '0e0af5d0e486b67e25dd5c6686f8f05be4504629404d5c1972c808ab5d8e4cc2',
    output: '87c413d1b1b1671ea81da757fa67199edd246453877083ab886fe1e7900f8cf4',
  },
  'uws_linux_x64_137.node': {
    input: '9aa8b857ac4ab0bfb1245e948eeeacc904b13a3608c9a281d551c43c66bea66e',
    output: '0ff425dfe92ab9aceb6c15d8ef8408435fe3bed076dca62e93f5e1c1d1345d9f',
  },
  'uws_linux_arm64_127.node': {
    input: 'db310856b4d36b2b6e83888c9faa87ccd65454e6157f457bf9cb4ebabaed7a65',
    output: '7d92482a06e4746d172cdea39d925c33d0c6ee0de933b8d2a3e080a4037cfeda',
  },
  'uws_linux_arm64_137.node': {
    input: 'ad0ffb42a119ee022ba1fc752d942e5a19b863ce47bfdc909cd1d5bc1363a7a6',
    output: '7a8680f1e6d7055da30777f8417bf2b03378f04cb731055ad0f5ca0845ad9ab9',
  },
};
/** Characters of the digest in the file name; the whole digest is checked. */
const DIGEST_PREFIX = 16;

const require = createRequire(import.meta.url);

/** The addon cannot be loaded here. The message says why in one sentence, and what the operator can do. */
export class NativeLoadError extends Error {
  override readonly name = 'NativeLoadError';
}

/** The folder is not fit to hold the copy; another one may be. */
class FolderError extends NativeLoadError {}

/** Sets the largest head of a request, in bytes. The addon reads it once, when it is first loaded into the process. */
export function limitHeaders(bytes: number): void {
  process.env['UWS_HTTP_MAX_HEADERS_SIZE'] = String(bytes);
}

/**
 * The uWebSockets.js addon for this Node. Blocks for some milliseconds; several processes may start at once.
 * @param cacheDir where the relinked copy is kept; only touched when the package's own binary does not load.
 * @param temporary where a folder for this load alone is made when the cache folder cannot be used.
 * @throws NativeLoadError
 */
export function loadUws(cacheDir: string, temporary: string = tmpdir()): Uws {
  try {
    return require('uWebSockets.js') as Uws;
  } catch (error) {
    if (!lacksGlibc(error)) throw explain(error);
  }
  const name = `uws_${process.platform}_${process.arch}_${process.versions.modules}.node`;
  const binary = join(dirname(require.resolve('uWebSockets.js')), name);
  try {
    return loadRelinked(binary, cacheDir);
  } catch (error) {
    if (!(error instanceof FolderError)) throw error;
    return loadOnce(binary, temporary, error);
  }
}

function loadRelinked(binary: string, cacheDir: string): Uws {
  const copy = relinkedCopy(binary, cacheDir);
  try {
    return require(copy) as Uws;
  } catch (error) {
    throw explain(error);
  }
}

/** From a folder that is gone afterwards: what is loaded stays in memory. @throws `fault` where that fails too */
function loadOnce(binary: string, temporary: string, fault: FolderError): Uws {
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(temporary, 'ortolan-'));
    return loadRelinked(binary, folder);
  } catch {
    throw fault; // It names the option that helps.
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The path of a relinked copy of `binary` whose digest has just been checked; makes it when it is not there.
 * @throws NativeLoadError when the binary is not one of those known, or the folder is not fit to hold the copy.
 */
export function relinkedCopy(binary: string, cacheDir: string): string {
  const name = basename(binary);
  const digests = RELINKED[name];
  if (digests === undefined) {
    throw new NativeLoadError(`${name} is not a file that can be relinked: run on glibc 2.38 or later.`);
  }
  const folder = join(cacheDir, 'uws');
  const copy = join(folder, `${name.replace(/\.node$/, '')}-${digests.output.slice(0, DIGEST_PREFIX)}.node`);
  try {
    privateFolder(folder);
    if (digestOf(copy) === digests.output) return copy;
    writeWhole(copy, relinkKnown(binary, digests.input));
    if (digestOf(copy) !== digests.output) throw new Error('what was written is not what is read');
    return copy;
  } catch (error) {
    if (error instanceof NativeLoadError) throw error;
    throw new FolderError(
      `A copy of uWebSockets.js for this glibc cannot be kept in ${folder} (${messageOf(error)}): ` +
        'set ORTOLAN_CACHE_DIR to a folder that only this user can write, or run on glibc 2.38 or later.',
      { cause: error },
    );
  }
}

function relinkKnown(binary: string, digest: string): Buffer {
  const elf = readFileSync(binary);
  if (sha256(elf) !== digest) {
    throw new NativeLoadError(
      `${basename(binary)} is not the file that uWebSockets.js 20.56.0 ships: ` +
        'install the packages again (npm ci), or run on glibc 2.38 or later.',
    );
  }
  return relink(elf);
}

/** Another process may do the same at the same time: each writes a file of its own, and the last rename wins. */
function writeWhole(path: string, bytes: Buffer): void {
  const own = `${path}.${process.pid}-${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(own, bytes, { flag: 'wx', mode: 0o500 });
    renameSync(own, path);
  } finally {
    rmSync(own, { force: true });
  }
}

function digestOf(path: string): string | undefined {
  try {
    return sha256(readFileSync(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Whether the dynamic loader reports a version that the C library does not have. */
const lacksGlibc = (error: unknown): boolean => /version `GLIBC_[\d.]+' not found/.test(messageOf(error));

/** The error for a failed load, with its remedy. `musl` is read from Node unless a test sets it. */
export function explain(error: unknown, musl: boolean = isMusl()): NativeLoadError {
  const { platform, arch, version } = process;
  let sentence = `uWebSockets.js has no binary that loads on ${platform} ${arch} with Node ${version}: use Node 22 or 24.`;
  if (musl) {
    sentence = 'uWebSockets.js needs glibc, and this system has musl: use an image with glibc 2.38 or later.';
  } else if (lacksGlibc(error)) {
    sentence =
      'The relinked uWebSockets.js needs glibc 2.36 or later: run on glibc 2.38 or later (Debian 13).';
  } else if (/failed to map segment|Operation not permitted/.test(messageOf(error))) {
    return new FolderError(
      'uWebSockets.js may not be loaded from a folder mounted noexec: set ORTOLAN_CACHE_DIR to another.',
      { cause: error },
    );
  }
  return new NativeLoadError(sentence, { cause: error });
}

function isMusl(): boolean {
  if (process.platform !== 'linux') return false;
  // Without this the report looks up the names of all peers, which can take seconds.
  Object.assign(process.report, { excludeNetwork: true });
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime === undefined;
}
