/**
 * Headers that every answer has, put together once.
 * @see OWASP REST Security Cheat Sheet, "Security Headers"
 */

/** Lines of `name: value`, with a line end between two of them. */
export type HeaderBlock = string;

/** By what the answer is. */
export interface FixedHeaders {
  /** One that says itself how long it may be kept. */
  readonly kept: HeaderBlock;
  /** Any other. */
  readonly passing: HeaderBlock;
  /** HTML, which brings a policy of its own. */
  readonly page: HeaderBlock;
}

export interface FixedSettings {
  readonly security: 'on' | 'off';
  /** 0: none. Only over TLS. */
  readonly hstsSeconds: number;
  /** Undefined: none. */
  readonly server: string | undefined;
}

type Lines = readonly (readonly [string, string])[];

/** Nothing may be run, loaded or framed from an answer that is data. */
const OF_DATA: Lines = [
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
  ['referrer-policy', 'no-referrer'],
];
const OF_ALL: Lines = [
  ['x-frame-options', 'DENY'],
  ['cross-origin-resource-policy', 'same-origin'],
];
const NO_STORE: Lines = [['cache-control', 'no-store']];

export function fixedHeaders({ security, hstsSeconds, server }: FixedSettings): FixedHeaders {
  const always: Lines = [
    ...(hstsSeconds === 0 ? [] : [['strict-transport-security', `max-age=${hstsSeconds}`] as const]),
    ...(server === undefined ? [] : [['server', server] as const]),
  ];
  if (security === 'off') {
    const block = blockOf(always);
    return { kept: block, passing: block, page: block };
  }
  return {
    kept: blockOf([...OF_DATA, ...OF_ALL, ...always]),
    passing: blockOf([...OF_DATA, ...OF_ALL, ...NO_STORE, ...always]),
    page: blockOf([...OF_ALL, ...always]),
  };
}

/** The first line is there whatever is configured: a browser that guesses the type of an answer may run it. */
const blockOf = (lines: Lines): HeaderBlock =>
  ['x-content-type-options: nosniff', ...lines.map(([name, value]) => `${name}: ${value}`)].join('\r\n');
