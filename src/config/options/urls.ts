/** Options of images that a request names by URL. */
import Type from 'typebox';
import { about, BYTES, GiB, KiB, MS } from '../option.ts';

export const URLS = {
  urlFetch: Type.Enum(['public', 'off'], {
    default: 'public',
    ...about(
      'Whether requests may name an image by URL: public fetches from public addresses only, off refuses all.',
    ),
  }),
  urlAllow: Type.Array(Type.String({ pattern: '^[^\\s,/@]+$' }), {
    default: [],
    ...about('Hosts that images may come from; all others are refused. Empty: any public host.', {
      accepts: 'a list of host names without scheme or path',
    }),
  }),
  urlTimeoutMs: Type.Integer({
    default: 5000,
    minimum: 1,
    maximum: 600_000,
    ...about('Longest fetch of one image, redirects included; after it the answer is 504 URL_TIMEOUT.', MS),
  }),
  urlMaxBytes: Type.Integer({
    minimum: KiB,
    maximum: GiB,
    ...about('Largest image taken from a URL; a larger one is refused while it is being read.', {
      ...BYTES,
      computed: ({ valueOf }) => valueOf('maxBodyBytes'),
      otherwise: 'maxBodyBytes',
    }),
  }),
  urlConcurrency: Type.Integer({
    default: 16,
    minimum: 1,
    maximum: 1024,
    ...about('Most fetches at the same time; further ones wait, within the deadline of their request.'),
  }),
} as const;
