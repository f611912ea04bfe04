/**
 * Credentials that a service beside us hands out: to a container, at an address in the environment; to an instance of EC2, at
 * one that is the same everywhere, behind a token that a request led astray cannot get (IMDSv2).
 */
import { readFile } from 'node:fs/promises';
import type { StoreAnswer } from '../../outbound/store/connection.ts';
import { ArtifactError } from '../artifact-error.ts';
import { objectIn } from '../json-object.ts';
import type { AwsCredentials, AwsFacts } from './aws-facts.ts';
import { setIn } from './environment.ts';

const CONTAINER_HOST = 'http://169.254.170.2';
const INSTANCE_HOST = 'http://169.254.169.254';
/** Where there is no such service nothing answers: it is a moment away where there is one. */
const NEARBY_MS = 2000;
const ANSWER_BYTES = 64 * 1024;

/** Undefined where no address is set. @throws ArtifactError; StoreUnreachable */
export async function fromContainer(facts: AwsFacts): Promise<AwsCredentials | undefined> {
  const { env, connection, signal } = facts;
  const relative = setIn(env, 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI');
  const full = setIn(env, 'AWS_CONTAINER_CREDENTIALS_FULL_URI');
  const address = relative === undefined ? full : `${CONTAINER_HOST}${relative}`;
  if (address === undefined) return undefined;
  const url = URL.parse(address);
  if (url === null) throw new ArtifactError('refused', 'AWS_CONTAINER_CREDENTIALS_FULL_URI is no URL.');
  const file = setIn(env, 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE');
  const token = file === undefined ? setIn(env, 'AWS_CONTAINER_AUTHORIZATION_TOKEN') : await tokenIn(file);
  const headers = { accept: 'application/json', ...(token !== undefined && { authorization: token }) };
  return credentialsIn(await connection.request({ method: 'GET', url, headers, signal }), url.host);
}

async function tokenIn(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ArtifactError(
      'refused',
      `${file}, of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, cannot be read (${code}).`,
    );
  }
}

/** Undefined where nothing answers, or that is turned off. @throws ArtifactError */
export async function fromInstance({
  env,
  connection,
  signal,
}: AwsFacts): Promise<AwsCredentials | undefined> {
  if (setIn(env, 'AWS_EC2_METADATA_DISABLED')?.toLowerCase() === 'true') return undefined;
  const host = setIn(env, 'AWS_EC2_METADATA_SERVICE_ENDPOINT') ?? INSTANCE_HOST;
  const soon = AbortSignal.any([AbortSignal.timeout(NEARBY_MS), ...(signal === undefined ? [] : [signal])]);
  const ask = (method: 'GET' | 'PUT', path: string, headers: Record<string, string>): Promise<StoreAnswer> =>
    connection.request({ method, url: new URL(path, host), headers, signal: soon });
  try {
    const asked = await ask('PUT', '/latest/api/token', { 'x-aws-ec2-metadata-token-ttl-seconds': '21600' });
    const token = await asked.text(ANSWER_BYTES);
    if (asked.status !== 200) return undefined;
    const headers = { 'x-aws-ec2-metadata-token': token };
    const roles = '/latest/meta-data/iam/security-credentials/';
    const named = await ask('GET', roles, headers);
    const [role = ''] = (await named.text(ANSWER_BYTES)).split('\n');
    if (named.status !== 200 || role === '') return undefined;
    return await credentialsIn(await ask('GET', `${roles}${encodeURIComponent(role)}`, headers), 'EC2');
  } catch (error) {
    if (error instanceof ArtifactError) throw error;
    signal?.throwIfAborted();
    return undefined;
  }
}

async function credentialsIn(answer: StoreAnswer, from: string): Promise<AwsCredentials> {
  const text = await answer.text(ANSWER_BYTES);
  const fields = objectIn(text);
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey } = fields;
  const { Token: sessionToken, Expiration: expiration } = fields;
  if (answer.status !== 200 || typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string') {
    throw new ArtifactError('refused', `${from} gives no credentials (status ${answer.status}).`);
  }
  const expiresAt = typeof expiration === 'string' ? Date.parse(expiration) : undefined;
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken: typeof sessionToken === 'string' ? sessionToken : undefined,
    expiresAt,
  };
}
