/** Options of what every answer says beside its content: to browsers, and of the server itself. */
import Type from 'typebox';
import { about } from '../option.ts';

const DAY_S = 86_400;

export const ANSWERS = {
  corsOrigins: Type.Array(Type.String({ pattern: '^(\\*|https?://[^/\\s,]+)$' }), {
    default: [],
    ...about(
      'Web origins whose pages may call the server, or * for all. Empty: browsers block calls from pages of other origins.',
      { accepts: 'a list of origins such as https://example.com, or *' },
    ),
  }),
  corsCredentials: Type.Enum(['off', 'on'], {
    default: 'off',
    ...about(
      'Whether those pages may have the browser show its client certificate with a call. Not for *. A key or token that a page sends itself does not need it.',
      { secret: false },
    ),
  }),
  corsMaxAgeSeconds: Type.Integer({
    default: 600,
    minimum: 0,
    maximum: DAY_S,
    ...about('How long a browser may remember what those pages may send, in seconds.'),
  }),
  securityHeaders: Type.Enum(['on', 'off'], {
    default: 'on',
    ...about(
      'Headers that keep browsers from doing more with an answer than reading it: Content-Security-Policy, X-Frame-Options, Referrer-Policy, Cross-Origin-Resource-Policy, and Cache-Control: no-store where the answer says nothing else.',
    ),
  }),
  hstsSeconds: Type.Integer({
    default: 365 * DAY_S,
    minimum: 0,
    maximum: 10 * 365 * DAY_S,
    ...about(
      'With TLS: how long browsers are to use https only for the name of this server (Strict-Transport-Security), in seconds. 0: they are not told.',
    ),
  }),
  serverHeader: Type.Optional(
    Type.String({
      pattern: "^[\\w!#$%&'*+.^`|~/() -]{1,64}$",
      ...about('Text of the header Server in every answer.', {
        otherwise: 'none: an answer does not say what made it',
        accepts: 'a short text such as a name with a version',
      }),
    }),
  ),
} as const;
