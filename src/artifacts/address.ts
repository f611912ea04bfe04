/**
 * Where artifacts are, as one address:
 *
 *   file:///srv/store                             a folder
 *   s3://bucket/prefix, gs://bucket/prefix        an object store
 *   oci://host:port/repository:tag                a model in a registry of images; also …@sha256:<digest>
 *   mlflow+https://host:port/name@alias           a model in MLflow's registry; also …/name/3
 *
 * A registry on this machine is asked without TLS, as container tools do; `oci+http://` says so for another.
 */
import { isAbsolute } from 'node:path';
import { ArtifactError } from './artifact-error.ts';

export type Address =
  | { readonly kind: 'file'; readonly folder: string }
  | { readonly kind: 's3' | 'gs'; readonly bucket: string; readonly prefix: string }
  | {
      readonly kind: 'oci';
      readonly origin: string;
      readonly repository: string;
      /** A tag, or `sha256:<digest>`. */
      readonly reference: string;
    }
  | {
      readonly kind: 'mlflow';
      readonly origin: string;
      readonly name: string;
      readonly chosen: MlflowChoice;
    };

export type MlflowChoice = { readonly alias: string } | { readonly version: string };

const BUCKET = /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/;
const REPOSITORY = /^[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const MLFLOW_NAME = /^(?<name>[^@/]{1,250})(?:@(?<alias>[\w-]{1,250})|\/(?<version>\d{1,9}))$/;
const LONGEST = 2048;

/** @throws ArtifactError invalid */
export function parseAddress(text: string): Address {
  const url = text.length > LONGEST ? null : URL.parse(text);
  if (url === null) throw invalid(text, 'it is no URL');
  if (url.username !== '' || url.password !== '')
    throw invalid(text, 'credentials do not belong into an address: give them by the environment or files');
  if (url.search !== '' || url.hash !== '') throw invalid(text, 'it has a query or a fragment');
  const path = decoded(url.pathname, text);
  switch (url.protocol) {
    case 'file:':
      return { kind: 'file', folder: folderOf(url, path, text) };
    case 's3:':
    case 'gs:':
      return { kind: url.protocol === 's3:' ? 's3' : 'gs', ...bucketOf(url, path, text) };
    case 'oci:':
    case 'oci+http:':
    case 'oci+https:':
      return { kind: 'oci', ...imageOf(url, path, text) };
    case 'mlflow+http:':
    case 'mlflow+https:':
      return { kind: 'mlflow', ...registeredOf(url, path, text) };
    default:
      throw invalid(text, 'it begins with none of file://, s3://, gs://, oci:// and mlflow+https://');
  }
}

function decoded(path: string, text: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw invalid(text, 'its path is not encoded as that of a URL');
  }
}

function folderOf(url: URL, path: string, text: string): string {
  if (url.host !== '') throw invalid(text, 'a folder has no host: write file:///folder with three slashes');
  if (!isAbsolute(path) || path === '/' || path.includes('\0')) throw invalid(text, 'it names no folder');
  return path.replace(/\/+$/, '');
}

function bucketOf(url: URL, path: string, text: string): { bucket: string; prefix: string } {
  if (!BUCKET.test(url.host)) throw invalid(text, 'it names no bucket');
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.some((part) => part === '.' || part === '..' || /\p{Cc}/u.test(part)))
    throw invalid(text, 'its prefix has parts that are no names');
  return { bucket: url.host, prefix: parts.map((part) => `${part}/`).join('') };
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/;

function imageOf(
  url: URL,
  path: string,
  text: string,
): { origin: string; repository: string; reference: string } {
  const isPlain = url.protocol === 'oci+http:' || (url.protocol === 'oci:' && LOOPBACK.test(url.host));
  const [named = '', digest] = path.slice(1).split('@');
  const at = named.lastIndexOf(':');
  const [repository, tag] = at < 0 ? [named, 'latest'] : [named.slice(0, at), named.slice(at + 1)];
  const reference = digest ?? tag;
  if (url.host === '' || !REPOSITORY.test(repository)) throw invalid(text, 'it names no repository');
  if (digest === undefined ? !TAG.test(tag) : !DIGEST.test(digest))
    throw invalid(text, 'it has no tag or digest');
  return { origin: `${isPlain ? 'http' : 'https'}://${url.host}`, repository, reference };
}

function registeredOf(
  url: URL,
  path: string,
  text: string,
): { origin: string; name: string; chosen: MlflowChoice } {
  const { name, alias, version } = MLFLOW_NAME.exec(path.slice(1))?.groups ?? {};
  if (url.host === '' || name === undefined)
    throw invalid(text, 'it names no registered model: mlflow+https://host/NAME@ALIAS, or …/NAME/VERSION');
  const origin = `${url.protocol.slice('mlflow+'.length)}//${url.host}`;
  return { origin, name, chosen: alias === undefined ? { version: version! } : { alias } };
}

const invalid = (text: string, why: string): ArtifactError =>
  new ArtifactError('invalid', `${JSON.stringify(shown(text))} is no address of artifacts: ${why}.`);

/** Without what may be a password. */
const shown = (text: string): string => text.slice(0, 200).replace(/\/\/[^/@]*@/, '//…@');
