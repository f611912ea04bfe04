/** Options of artifacts: where models are pulled from. Credentials come from the environment and files that clouds use. */
import Type from 'typebox';
import { about, HOUR_MS, MS } from '../option.ts';

export const ARTIFACTS = {
  artifactsUrl: Type.Optional(
    Type.String({
      pattern: '^(file|s3|gs|oci|oci\\+https?|mlflow\\+https?)://[^/@]*(/.*)?$',
      ...about(
        'Where models are pulled from into the models folder, at the start and by artifactsPollMs, and what `ortolan artifacts` works with: file:///folder, s3://bucket/prefix, gs://bucket/prefix, oci://host/repository:tag or mlflow+https://host/model@alias. While it cannot be read, what was pulled before is served.',
        {
          otherwise: 'models are only what lies in the models folder',
          accepts: 'an address of one of these forms',
        },
      ),
    }),
  ),
  artifactsModels: Type.Array(Type.String({ minLength: 1 }), {
    default: [],
    ...about(
      'Models to pull; empty: all. NAME for every version, NAME/2 for one, NAME/2@sha256:DIGEST for one with exactly this content.',
      { accepts: 'a list of NAME, NAME/VERSION or NAME/VERSION@sha256:DIGEST' },
    ),
  }),
  artifactsPollMs: Type.Integer({
    default: 60_000,
    minimum: 0,
    maximum: 24 * HOUR_MS,
    ...about(
      'How often the server asks artifactsUrl for changes, one request each time; what has changed is pulled, checked and loaded beside what serves. 0: only at the start.',
      MS,
    ),
  }),
  artifactsEndpoint: Type.Optional(
    Type.String({
      pattern: '^https?://[^@]+$',
      ...about('Where an S3 of another maker, or another way to the store of artifactsUrl, is reached.', {
        otherwise: 'AWS_ENDPOINT_URL_S3, else Amazon’s or Google’s own',
        accepts: 'an http:// or https:// URL without a user name',
      }),
    }),
  ),
  artifactsRegion: Type.Optional(
    Type.String({
      pattern: '^[a-z0-9-]{1,40}$',
      ...about('The region of an S3 bucket.', {
        otherwise:
          'AWS_REGION, else that of the profile, else us-east-1; Amazon’s own says where a bucket is',
        accepts: 'a name such as eu-central-1',
      }),
    }),
  ),
} as const;
