import t from 'tap';
import { loadConfig } from '../../../src/config/load.ts';
import type { Config } from '../../../src/config/schema.ts';
import type { Posture } from '../../../src/config/self-check/posture.ts';
import { CHECKS, unsafeIn } from '../../../src/config/self-check/unsafe.ts';

const SAFE: Posture = { root: false, container: false, openFolders: [], inspected: false };
const { config: DEFAULTS } = loadConfig({ flags: {}, env: {}, cwd: import.meta.dirname });

const checksOf = (options: Partial<Config> = {}, posture: Partial<Posture> = {}): readonly string[] =>
  unsafeIn({ ...DEFAULTS, ...options }, { ...SAFE, ...posture }).map(({ check }) => check);

const PUBLIC = { host: '0.0.0.0', urlFetch: 'off' } as const;
const WITH_CERTIFICATES = { tlsClientCaFile: '/ca.pem', tlsCertFile: '/cert.pem' };
const TRACED = { tracingEndpoint: 'http://collector:4318' };

/** Each check with what is unsafe, and with what is nearest to it and safe. */
const CASES: Readonly<Record<string, readonly [unsafe: Row, safe: readonly Row[]]>> = {
  'urls-for-everyone': [
    [{ host: '0.0.0.0' }],
    [[{ host: '0.0.0.0', urlAllow: ['a.example'] }], [PUBLIC], [{ host: '0.0.0.0', ...WITH_CERTIFICATES }]],
  ],
  'feedback-from-everyone': [
    [{ ...PUBLIC, predictionLogDir: '/log' }],
    [[{ predictionLogDir: '/log' }], [{ ...PUBLIC, ...WITH_CERTIFICATES, predictionLogDir: '/log' }]],
  ],
  'changes-on-public-port': [
    [{ ...PUBLIC, modelControl: 'explicit' }],
    [[{ modelControl: 'explicit' }], [{ ...PUBLIC, ...WITH_CERTIFICATES, trafficRoutes: 'loopback' }]],
  ],
  'credentials-in-the-clear': [
    [{ ...PUBLIC, tlsClientCaFile: '/ca.pem' }],
    [
      [{ ...PUBLIC, ...WITH_CERTIFICATES }],
      [{ ...PUBLIC, tlsClientCaFile: '/ca.pem', trustedProxies: ['10.0.0.1'] }],
    ],
  ],
  'any-page': [[{ corsOrigins: ['*'] }], [[{ corsOrigins: ['https://a.example'] }]]],
  'unsigned-models': [
    [{ modelPublicKeys: ['/key.pem'] }],
    [[{ modelPublicKeys: ['/key.pem'], modelsSignedOnly: 'on' }]],
  ],
  'open-models-folder': [[{}, { openFolders: ['/srv/models'] }], [[{}]]],
  root: [[{}, { root: true }], [[{}, { root: true, container: true }]]],
  debugger: [[{}, { inspected: true }], [[{}]]],
  'traced-by-strangers': [
    [{ ...PUBLIC, ...TRACED }],
    [[{ ...PUBLIC, ...TRACED, tracingParent: 'link' }], [TRACED]],
  ],
  'trace-key-in-the-clear': [
    [{ ...TRACED, tracingHeaders: 'a=b' }],
    [[{ tracingEndpoint: 'https://collector', tracingHeaders: 'a=b' }], [TRACED]],
  ],
};

type Row = readonly [options?: Partial<Config>, posture?: Partial<Posture>];

t.test('nothing is unsafe by default, on this machine only', (t) => {
  t.strictSame(checksOf(), []);
  t.end();
});

t.test('each check finds what is unsafe, and lets pass what is nearest to it', (t) => {
  t.strictSame(Object.keys(CASES), CHECKS, 'each has its cases');
  for (const [check, [unsafe, safe]] of Object.entries(CASES)) {
    t.strictSame(checksOf(...unsafe), [check], check);
    for (const row of safe) t.notOk(checksOf(...row).includes(check), `${check}: ${JSON.stringify(row)}`);
  }
  t.end();
});

t.test('says what to do, and no secret', (t) => {
  const found = Object.values(CASES).flatMap(([[options, posture]]) =>
    unsafeIn({ ...DEFAULTS, ...options }, { ...SAFE, ...posture }),
  );
  for (const { says } of found) t.match(says, /^[a-zA-Z].*\.$/);
  t.end();
});
