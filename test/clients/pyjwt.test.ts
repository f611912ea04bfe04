/** Tokens that PyJWT has made, with a key set that it has written to a file: each is taken or refused as it should be. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { testFolder } from '../support/api-keys.ts';
import { send, until } from '../support/http-client.ts';
import { AUDIENCE, ISSUER } from '../support/issuer.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer } from '../support/start-server.ts';
import { affine } from '../support/tiny-models.ts';
import { pythonWith, unlessLacking } from './program.ts';

// Packages are installed the first time.
t.setTimeout(0);

interface Made {
  readonly version: string;
  readonly jwks: object;
  readonly tokens: readonly { readonly what: string; readonly token: string; readonly status: number }[];
}

const { value: python, skip } = await unlessLacking(() => pythonWith('pyjwt'));
const run = promisify(execFile);
const make = async (): Promise<Made> => {
  const program = join(import.meta.dirname, 'with-pyjwt');
  const { stdout } = await run(python!, [program, ISSUER, AUDIENCE]);
  return JSON.parse(stdout) as Made;
};

t.test('tokens of PyJWT, and of the keys that follow in the file', { skip }, async (t) => {
  const models = modelRepository(t, { affine: affine() });
  const file = join(testFolder(t), 'jwks.json');
  const first = await make();
  t.comment(`PyJWT ${first.version}`);
  writeFileSync(file, JSON.stringify(first.jwks));
  const { port } = await startServer(t, {
    models,
    options: { defaultModel: 'affine', jwtJwks: file, jwtIssuer: ISSUER, jwtAudience: [AUDIENCE] },
  });
  const statusOf = async (token: string): Promise<number> =>
    (await send(port, { path: '/v1/models', headers: { authorization: `Bearer ${token}` } })).status;
  for (const { what, token, status } of first.tokens) t.equal(await statusOf(token), status, `one ${what}`);

  const next = await make();
  writeFileSync(file, JSON.stringify(next.jwks));
  await until(async () => (await statusOf(next.tokens[0]!.token)) === 200);
  t.equal(await statusOf(first.tokens[0]!.token), 401, 'the keys before are none any more');
});
