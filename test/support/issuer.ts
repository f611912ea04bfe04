/**
 * An issuer of tokens for tests: signs them, and publishes its keys over HTTP. It replaces its keys, and it is down, silent
 * or talks nonsense when it is told to.
 */
import { createServer, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';
import type { Test } from 'tap';

export const ISSUER = 'https://issuer.test/';
export const AUDIENCE = 'ortolan';

export interface IssuerKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

export async function issuerKey(kid: string, alg = 'ES256'): Promise<IssuerKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** A token of this issuer for five minutes; `claims` replace those that are usual, undefined takes one away. */
export function tokenOf(
  key: Pick<IssuerKey, 'kid' | 'alg' | 'privateKey'>,
  claims: Readonly<Record<string, unknown>> = {},
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const all = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'someone',
    iat: now,
    exp: now + 300,
    scope: 'predict models:read',
    ...claims,
  };
  const payload = JSON.parse(JSON.stringify(all)) as JWTPayload;
  return new SignJWT(payload)
    .setProtectedHeader({ alg: key.alg, kid: key.kid, ...header })
    .sign(key.privateKey);
}

export type Behaviour = 'well' | 'down' | 'silent' | 'garbled' | 'empty' | 'endless' | 'redirects';

export class Issuer {
  readonly url: string;
  keys: readonly IssuerKey[];
  behaviour: Behaviour = 'well';
  /** Times that the key set was asked for. */
  asked = 0;

  private constructor(url: string, keys: readonly IssuerKey[]) {
    this.url = url;
    this.keys = keys;
  }

  static async open(t: Pick<Test, 'teardown'>, keys: readonly IssuerKey[]): Promise<Issuer> {
    const server = createServer((_, response) => issuer.#answer(response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const issuer = new Issuer(`http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks?a=b`, keys);
    t.teardown(() => {
      server.closeAllConnections();
      server.close();
    });
    return issuer;
  }

  #answer(response: ServerResponse): void {
    this.asked++;
    if (this.behaviour === 'down') return void response.writeHead(503).end('down');
    if (this.behaviour === 'silent') return;
    if (this.behaviour === 'garbled') return void response.end('<html>{"keys":');
    if (this.behaviour === 'empty') return void response.end('{"keys": []}');
    if (this.behaviour === 'redirects') return void response.writeHead(302, { location: '/other' }).end();
    if (this.behaviour === 'endless') {
      const more = (): void => void (response.destroyed || response.write('x'.repeat(65_536), more));
      return more();
    }
    response.end(JSON.stringify({ keys: this.keys.map(({ jwk }) => jwk) }));
  }
}
