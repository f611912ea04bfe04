/**
 * Who we are for AWS, by the usual means and in the usual order: variables, a web identity (a service account of
 * Kubernetes), the shared files, the endpoint of a container (ECS, EKS Pod Identity), the instance (EC2). Nothing of a secret
 * ever gets into a message.
 */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ArtifactError } from '../artifact-error.ts';
import type { AwsCredentials, AwsFacts } from './aws-facts.ts';
import { fromContainer, fromInstance } from './aws-endpoints.ts';
import { fromWebIdentity } from './aws-web-identity.ts';
import { setIn, type Environment } from './environment.ts';
import { parseIni, type Sections } from './ini.ts';

/** @throws ArtifactError refused, with all that was looked at, when there are none */
export async function awsCredentials(facts: AwsFacts): Promise<AwsCredentials> {
  const found =
    fromEnvironment(facts.env) ??
    (await fromWebIdentity(facts)) ??
    (await fromFiles(facts.env)) ??
    (await fromContainer(facts)) ??
    (await fromInstance(facts));
  if (found !== undefined) return found;
  throw new ArtifactError(
    'refused',
    'There are no credentials for S3: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE with ~/.aws/credentials, or AWS_ROLE_ARN with AWS_WEB_IDENTITY_TOKEN_FILE.',
  );
}

function fromEnvironment(env: Environment): AwsCredentials | undefined {
  const accessKeyId = setIn(env, 'AWS_ACCESS_KEY_ID');
  const secretAccessKey = setIn(env, 'AWS_SECRET_ACCESS_KEY');
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new ArtifactError(
      'refused',
      'Only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set: set both, or none.',
    );
  }
  return { accessKeyId, secretAccessKey, sessionToken: setIn(env, 'AWS_SESSION_TOKEN') };
}

const profileOf = (env: Environment): string => setIn(env, 'AWS_PROFILE') ?? 'default';

/** Keys of a profile; they may be replaced in the file while the server runs, which reads it again when they are refused. */
async function fromFiles(env: Environment): Promise<AwsCredentials | undefined> {
  const profile = profileOf(env);
  const [credentials, config] = await Promise.all([credentialsFile(env), configFile(env)]);
  const section = credentials.get(profile) ?? config.get(configSection(profile));
  const accessKeyId = section?.get('aws_access_key_id');
  const secretAccessKey = section?.get('aws_secret_access_key');
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    return { accessKeyId, secretAccessKey, sessionToken: section?.get('aws_session_token') };
  }
  if (setIn(env, 'AWS_PROFILE') === undefined) return undefined;
  throw new ArtifactError(
    'refused',
    `AWS_PROFILE names ${JSON.stringify(profile)}, but no aws_access_key_id and aws_secret_access_key are in that profile.`,
  );
}

/** As AWS_REGION says, else the profile; undefined: nowhere. */
export async function awsRegion(env: Environment): Promise<string | undefined> {
  const said = setIn(env, 'AWS_REGION') ?? setIn(env, 'AWS_DEFAULT_REGION');
  return said ?? (await configFile(env)).get(configSection(profileOf(env)))?.get('region');
}

const configSection = (profile: string): string => (profile === 'default' ? profile : `profile ${profile}`);

const credentialsFile = (env: Environment): Promise<Sections> =>
  sectionsOf(setIn(env, 'AWS_SHARED_CREDENTIALS_FILE') ?? join(homeOf(env), '.aws/credentials'));

const configFile = (env: Environment): Promise<Sections> =>
  sectionsOf(setIn(env, 'AWS_CONFIG_FILE') ?? join(homeOf(env), '.aws/config'));

const homeOf = (env: Environment): string => setIn(env, 'HOME') ?? homedir();

/** None where the file is not there. @throws ArtifactError when it cannot be read */
async function sectionsOf(path: string): Promise<Sections> {
  try {
    return parseIni(await readFile(path, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return new Map();
    throw new ArtifactError('refused', `${path} cannot be read (${code}).`);
  }
}
