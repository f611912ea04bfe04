/** The Content-Security-Policy of a page that is one document: everything is forbidden but what it names. Pure. */
import { createHash } from 'node:crypto';

/** How the policy names a script or a style sheet inside the page. */
export const digestOf = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** `allowed`: further directives. */
export const policyOf = (...allowed: readonly string[]): string =>
  ["default-src 'none'", ...allowed, "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"].join(
    '; ',
  );
