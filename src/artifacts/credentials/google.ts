/**
 * Who we are for Google Cloud, by the usual means: the file that GOOGLE_APPLICATION_CREDENTIALS names, else the one that
 * `gcloud auth application-default login` writes, else the metadata service of the machine or the pod. A file is that of a
 * service account, of a user, or of an identity of somebody else (workload identity federation with a token in a file).
 */
import { createSign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { StoreConnection } from '../../outbound/store/connection.ts';
import { ArtifactError } from '../artifact-error.ts';
import { objectIn } from '../json-object.ts';
import { setIn, type Environment } from './environment.ts';
import type { Expiring } from './kept.ts';

export interface GoogleToken extends Expiring {
  /** Undefined: nobody is asked, as by an emulator. */
  readonly token: string | undefined;
}

export interface GoogleFacts {
  readonly env: Environment;
  readonly connection: StoreConnection;
  readonly signal: AbortSignal | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const SCOPE = 'https://www.googleapis.com/auth/devstorage.full_control';
const TOKEN_URL = 'https://oauth2.googleapis.com/token';
const METADATA_HOST = 'metadata.google.internal';
const METADATA_PATH = '/computeMetadata/v1/instance/service-accounts/default/token';
const LIFE_SECONDS = 3600;
const NEARBY_MS = 3000;
const ANSWER_BYTES = 256 * 1024;

type Fields = Readonly<Record<string, unknown>>;

/** @throws ArtifactError refused; StoreUnreachable */
export async function googleToken(facts: GoogleFacts): Promise<GoogleToken> {
  const named = setIn(facts.env, 'GOOGLE_APPLICATION_CREDENTIALS');
  const usual = join(
    setIn(facts.env, 'HOME') ?? homedir(),
    '.config/gcloud/application_default_credentials.json',
  );
  const file = named ?? usual;
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (named === undefined) return undefined;
    throw new ArtifactError(
      'refused',
      `${file}, of GOOGLE_APPLICATION_CREDENTIALS, cannot be read (${error.code}).`,
    );
  });
  if (text === undefined) return fromMetadata(facts);
  const fields = objectIn(text);
  switch (fields['type']) {
    case 'service_account':
      return asked(facts, file, tokenUrlOf(fields), assertion(fields, file, facts.now()));
    case 'authorized_user':
      return asked(facts, file, tokenUrlOf(fields), {
        grant_type: 'refresh_token',
        client_id: textOf(fields, 'client_id', file),
        client_secret: textOf(fields, 'client_secret', file),
        refresh_token: textOf(fields, 'refresh_token', file),
      });
    case 'external_account':
      return asked(facts, file, textOf(fields, 'token_url', file), {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        audience: textOf(fields, 'audience', file),
        scope: SCOPE,
        requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        subject_token_type: textOf(fields, 'subject_token_type', file),
        subject_token: await subjectToken(fields, file),
      });
    default:
      throw new ArtifactError(
        'refused',
        `${file} is no file of a service account, a user or an external account.`,
      );
  }
}

const tokenUrlOf = (fields: Fields): string =>
  typeof fields['token_uri'] === 'string' ? fields['token_uri'] : TOKEN_URL;

/** A JWT that the service account has signed itself (RFC 7523). */
function assertion(fields: Fields, file: string, now: number): Record<string, string> {
  const issued = Math.floor(now / 1000);
  const claims = {
    iss: textOf(fields, 'client_email', file),
    scope: SCOPE,
    aud: tokenUrlOf(fields),
    iat: issued,
    exp: issued + LIFE_SECONDS,
  };
  const head = { alg: 'RS256', typ: 'JWT', kid: fields['private_key_id'] };
  const text = [head, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  let signature: string;
  try {
    const key = textOf(fields, 'private_key', file);
    signature = createSign('RSA-SHA256').update(text).sign(key).toString('base64url');
  } catch (error) {
    if (error instanceof ArtifactError) throw error;
    throw new ArtifactError('refused', `${file} has no private key in PEM.`);
  }
  return { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: `${text}.${signature}` };
}

/** The token of an external account, which lies in a file, alone or as a field of JSON. */
async function subjectToken(fields: Fields, file: string): Promise<string> {
  const { file: path, format } = (fields['credential_source'] ?? {}) as Record<string, unknown>;
  if (typeof path !== 'string') {
    throw new ArtifactError(
      'refused',
      `${file}: only an external account whose token is in a file is followed.`,
    );
  }
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ArtifactError('refused', `${path}, which ${file} names, cannot be read (${error.code}).`);
  });
  const { type, subject_token_field_name: field } = (format ?? {}) as Record<string, unknown>;
  return type === 'json' ? textOf(objectIn(text), String(field), path) : text.trim();
}

function textOf(fields: Fields, name: string, file: string): string {
  const value = fields[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new ArtifactError('refused', `${file} has no ${name}.`);
}

async function asked(
  { connection, signal, now }: GoogleFacts,
  file: string,
  address: string,
  form: Readonly<Record<string, string>>,
): Promise<GoogleToken> {
  const url = URL.parse(address);
  if (url === null) throw new ArtifactError('refused', `${file} names no URL to get a token from.`);
  const body = Buffer.from(new URLSearchParams(form).toString());
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(body.length),
  };
  const answer = await connection.request({ method: 'POST', url, headers, body, signal });
  const fields = objectIn(await answer.text(ANSWER_BYTES));
  if (answer.status === 200) return tokenIn(fields, now(), url.host);
  const why = typeof fields['error'] === 'string' ? fields['error'] : answer.status;
  throw new ArtifactError('refused', `${url.host} gives no token for ${file}: ${why}.`);
}

async function fromMetadata({ env, connection, signal, now }: GoogleFacts): Promise<GoogleToken> {
  const host = setIn(env, 'GCE_METADATA_HOST') ?? METADATA_HOST;
  const soon = AbortSignal.any([AbortSignal.timeout(NEARBY_MS), ...(signal === undefined ? [] : [signal])]);
  try {
    const answer = await connection.request({
      method: 'GET',
      url: new URL(`http://${host}${METADATA_PATH}`),
      headers: { 'metadata-flavor': 'Google' },
      signal: soon,
    });
    return tokenIn(objectIn(await answer.text(ANSWER_BYTES)), now(), host);
  } catch (error) {
    signal?.throwIfAborted();
    throw new ArtifactError(
      'refused',
      'There are no credentials for Google Cloud Storage: set GOOGLE_APPLICATION_CREDENTIALS to the file of a service account, or run where a service account is attached.',
      { cause: error },
    );
  }
}

function tokenIn(fields: Fields, now: number, host: string): GoogleToken {
  const { access_token: token, expires_in: seconds } = fields;
  if (typeof token !== 'string') throw new ArtifactError('refused', `${host} answers without a token.`);
  return { token, expiresAt: now + Number(seconds ?? LIFE_SECONDS) * 1000 };
}
