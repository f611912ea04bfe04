/** R12: certificate, its key and API keys are replaced again and again under load, now and then by a file that is none. */
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, request } from 'node:https';
import { connect } from 'node:tls';
import { testKey, writeKeys } from '../../support/api-keys.ts';
import { CHANGES, Mint, NO_OPENSSL, type Pair } from '../../support/certificates.ts';
import { affine } from '../../support/tiny-models.ts';
import type { Demand } from '../demand.ts';
import { pause } from '../scene.ts';

const BODY = Buffer.from(new Float32Array(4).fill(1).buffer);
const CLIENTS = 4;
/** Certificates that take turns. */
const PAIRS = 5;
/** Every fifth change puts something else there. */
const EVERY = 5;
/** The files are looked at every second. */
const SERVED_WITHIN_MS = 5000;
/** Until a file that does not change any more has been refused. */
const LOOK_MS = 4000;

export const reload: Demand = {
  id: 'R12',
  title: 'Reload of certificates and keys under load',
  demand:
    'Certificate, its key and the file of API keys are replaced a hundred times under load, every fifth time by a file that is none: no failed request, connections that are open go on, what is new is served and accepted, what was there before where the new one is bad',
  missing: () => (NO_OPENSSL === false ? undefined : NO_OPENSSL),
  async run({ scene, pick, say }) {
    const mint = new Mint(scene);
    const pairs = Array.from({ length: PAIRS }, (_, index) =>
      mint.make({ name: `pair ${index}`, names: ['IP:127.0.0.1'] }),
    );
    const served: Pair = mint.make({ name: 'first', names: ['IP:127.0.0.1'] });
    const keysFile = join(scene.testdir(), 'keys.json');
    const kept = testKey();
    writeKeys(keysFile, [kept]);
    const { port, log } = await scene.start({
      models: scene.models({ affine: affine() }),
      options: {
        workers: 2,
        tlsCertFile: served.certFile,
        tlsKeyFile: served.keyFile,
        apiKeysFile: keysFile,
      },
    });
    const failures = new Map<string, number>();
    let sent = 0;
    let stopped = false;
    const clients = Array.from({ length: CLIENTS }, async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
      while (!stopped) {
        sent++;
        const ending = await asked(agent, port, kept.key);
        if (ending !== '200') failures.set(ending, (failures.get(ending) ?? 0) + 1);
      }
      agent.destroy();
    });
    const changes = pick(5, 40, 100);
    const change = CHANGES['renamed over']!;
    let unserved = 0;
    let unaccepted = 0;
    let current = subjectOf(served.certFile);
    for (let count = 1; count <= changes; count++) {
      if (count % EVERY === 0) {
        writeFileSync(served.certFile, 'no certificate');
        writeFileSync(keysFile, 'no keys');
        await pause(LOOK_MS);
      } else {
        const next = pairs[count % PAIRS]!;
        change(served, next);
        current = subjectOf(next.certFile);
        const fresh = testKey();
        writeKeys(keysFile, [kept, fresh]);
        if (!(await accepted(port, fresh.key))) unaccepted++;
      }
      const until = performance.now() + SERVED_WITHIN_MS;
      while ((await subjectAt(port)) !== current && performance.now() < until) await pause(100);
      if ((await subjectAt(port)) !== current) unserved++;
    }
    stopped = true;
    await Promise.all(clients);
    const bad = [...failures.values()].reduce((sum, number) => sum + number, 0);
    const refusals = log.filter(({ message }) => String(message).startsWith('certificate refused')).length;
    say(`${sent} requests, ${JSON.stringify(Object.fromEntries(failures))}, ${refusals} refused`);
    return [
      { what: 'changes', value: changes },
      { what: 'requests meanwhile', value: sent },
      { what: 'of them failed', value: bad, atMost: 0 },
      {
        what: 'changes after which another certificate is served than should be',
        value: unserved,
        atMost: 0,
      },
      { what: 'new API keys that were not accepted', value: unaccepted, atMost: 0 },
      {
        what: 'bad certificates without a line in the log',
        value: Math.max(0, Math.floor(changes / EVERY) - refusals),
        atMost: 0,
      },
    ];
  },
};

/** The status, or what went wrong. Nothing is sent twice. */
const asked = (agent: Agent, port: number, key: string): Promise<string> =>
  new Promise((resolve) => {
    const sent = request(
      {
        agent,
        port,
        host: '127.0.0.1',
        method: 'POST',
        path: '/v1/predict',
        headers: { 'content-length': BODY.length, 'x-api-key': key },
      },
      (response) => response.resume().on('end', () => resolve(String(response.statusCode))),
    );
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    sent.end(BODY);
  });

/** Whether the key is accepted in time. */
async function accepted(port: number, key: string): Promise<boolean> {
  const agent = new Agent({ rejectUnauthorized: false });
  const until = performance.now() + SERVED_WITHIN_MS;
  while (performance.now() < until) {
    if ((await asked(agent, port, key)) === '200') return true;
    await pause(100);
  }
  return false;
}

const subjectOf = (file: string): string =>
  new X509Certificate(readFileSync(file)).subject.replace('CN=', '');

/** The name in the certificate that a new connection gets; empty when there is none. */
const subjectAt = (port: number): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    socket.on('secureConnect', () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on('error', () => resolve(''));
  });
