/**
 * The credentials of a role for a token that somebody else has signed, such as the service account of a pod: STS,
 * AssumeRoleWithWebIdentity. The token is read again each time, since its file is replaced before it runs out.
 */
import { readFile } from 'node:fs/promises';
import { ArtifactError } from '../artifact-error.ts';
import { textIn } from '../s3/xml.ts';
import type { AwsCredentials, AwsFacts } from './aws-facts.ts';
import { setIn } from './environment.ts';

const VERSION = '2011-06-15';
const ANSWER_BYTES = 256 * 1024;

/** Undefined where none is set. @throws ArtifactError; StoreUnreachable */
export async function fromWebIdentity(facts: AwsFacts): Promise<AwsCredentials | undefined> {
  const { env, connection, signal } = facts;
  const file = setIn(env, 'AWS_WEB_IDENTITY_TOKEN_FILE');
  const role = setIn(env, 'AWS_ROLE_ARN');
  if (file === undefined || role === undefined) return undefined;
  const token = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ArtifactError(
      'refused',
      `${file}, of AWS_WEB_IDENTITY_TOKEN_FILE, cannot be read (${error.code}).`,
    );
  });
  const body = Buffer.from(
    new URLSearchParams({
      Action: 'AssumeRoleWithWebIdentity',
      Version: VERSION,
      RoleArn: role,
      RoleSessionName: setIn(env, 'AWS_ROLE_SESSION_NAME') ?? 'ortolan',
      WebIdentityToken: token.trim(),
    }).toString(),
  );
  const answer = await connection.request({
    method: 'POST',
    url: new URL(endpointOf(facts)),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(body.length),
      accept: 'application/xml',
    },
    body,
    signal,
  });
  const text = await answer.text(ANSWER_BYTES);
  if (answer.status !== 200) {
    throw new ArtifactError(
      'refused',
      `STS does not give the role ${role} for the token of ${file}: ${textIn(text, 'Code') ?? answer.status}.`,
    );
  }
  const accessKeyId = textIn(text, 'AccessKeyId');
  const secretAccessKey = textIn(text, 'SecretAccessKey');
  const sessionToken = textIn(text, 'SessionToken');
  const expiresAt = Date.parse(textIn(text, 'Expiration') ?? '');
  if (accessKeyId === undefined || secretAccessKey === undefined || Number.isNaN(expiresAt)) {
    throw new ArtifactError('refused', 'STS answers without credentials.');
  }
  return { accessKeyId, secretAccessKey, sessionToken, expiresAt };
}

function endpointOf({ env, region }: AwsFacts): string {
  const said = setIn(env, 'AWS_ENDPOINT_URL_STS') ?? setIn(env, 'AWS_ENDPOINT_URL');
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return said ?? `https://sts.${region}.${suffix}/`;
}
