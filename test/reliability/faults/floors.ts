/** R13: too few descriptors, little memory, a full disk, one core. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { podLimits } from '../../../bench/run/limits.ts';
import { startOrtolan } from '../../../tools/process/ortolan.ts';
import { standard } from '../../../tools/photographs/sets.ts';
import { get, post, Wire } from '../../support/http-client.ts';
import { MODELS } from '../../support/start-server.ts';
import { affine } from '../../support/tiny-models.ts';
import type { Demand, Figure, Setting } from '../demand.ts';
import { Clients, posted } from '../load/closed-clients.ts';
import { pause } from '../scene.ts';

const BODY = Buffer.from(new Float32Array(4).fill(1).buffer);
const DESCRIPTORS = 256;
const MEMORY_MIB = 512;
/** More than there are descriptors. */
const CONNECTIONS = 400;

export const resourceFloors: Demand = {
  id: 'R13',
  title: 'Floors of resources',
  demand:
    'With 256 file descriptors, 512 MB of memory, a full disk, one core: requests are served or refused with a clear error, the process lives, health tells, and all is well again when there is room',
  run: async (setting) => [
    ...(await fewDescriptors(setting)),
    ...(await littleMemory(setting)),
    ...(await fullDisk(setting)),
    ...(await oneCore(setting)),
  ],
};

async function fewDescriptors({ scene, say }: Setting): Promise<readonly Figure[]> {
  const { port, child } = await scene.start({
    models: scene.models({ affine: affine() }),
    under: ['prlimit', `--nofile=${DESCRIPTORS}:${DESCRIPTORS}`],
  });
  const wires = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => Wire.open(port).catch(() => undefined)),
  );
  await pause(200);
  const statuses = await Promise.all(
    wires.map(async (wire) => {
      await wire?.send({ method: 'POST', path: '/v1/predict', body: BODY });
      return (await wire?.response())?.status;
    }),
  );
  const served = statuses.filter((status) => status === 200).length;
  const live = (await get(port, '/health/live').catch(() => undefined))?.status;
  say(`${DESCRIPTORS} descriptors: ${served} of ${CONNECTIONS} connections served, liveness ${live}`);
  for (const wire of wires) wire?.leave();
  await pause(500);
  const after = (await post(port, '/v1/predict', BODY)).status;
  return [
    { what: 'few descriptors: connections that were served', value: served, atLeast: 64 },
    {
      what: 'few descriptors: answers of another status',
      value: statuses.filter((status) => status !== 200 && status !== undefined).length,
      atMost: 0,
    },
    {
      what: 'few descriptors: not well again',
      value: after === 200 && child.exitCode === null ? 0 : 1,
      atMost: 0,
    },
  ];
}

async function littleMemory({ scene, pick, say }: Setting): Promise<readonly Figure[]> {
  const limits = podLimits(2, MEMORY_MIB);
  scene.teardown(() => limits.remove());
  const server = await startOrtolan({
    models: MODELS,
    groups: limits.groups,
    args: ['--load-at-start', 'efficientnet-lite0', '--workers', '2'],
  });
  scene.teardown(() => server.stop());
  const photographs = (await standard()).map(({ bytes }) => bytes);
  const port = Number(new URL(server.origin).port);
  const requests = photographs.map((photograph) => posted(port, '/v1/predict', photograph, server.headers));
  const clients = Clients.start({ port, clients: 32, requests });
  await pause(pick(4000, 20_000));
  await clients.stop();
  const broken = [...clients.endings].reduce(
    (sum, [ending, count]) => sum + (ending === 200 || ending === 503 ? 0 : count),
    0,
  );
  say(`${MEMORY_MIB} MiB (${limits.how}): ${JSON.stringify(Object.fromEntries(clients.endings))}`);
  return [
    {
      what: `${limits.groups.length === 0 ? 'memory unlimited here' : 'little memory'}: answered 200`,
      value: clients.endings.get(200) ?? 0,
      atLeast: 1,
    },
    { what: 'little memory: neither answered nor refused', value: broken, atMost: 0 },
    { what: 'little memory: ended', value: server.pids().length > 0 ? 0 : 1, atMost: 0 },
  ];
}

/** The cache folder lies on a file system of one page that is full; the log goes to a device that is. */
async function fullDisk({ scene, say }: Setting): Promise<readonly Figure[]> {
  const folder = join(scene.testdir(), 'full');
  mkdirSync(folder);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', folder]).status === 0;
  if (!mounted) {
    say('a full disk: no file system may be mounted here: not measured');
    return [];
  }
  scene.teardown(() => spawnSync('umount', [folder]));
  const { port, log, child } = await scene.start({
    models: scene.models({ affine: affine() }),
    env: { ORTOLAN_CACHE_DIR: folder },
  });
  const { status } = await post(port, '/v1/predict', BODY);
  const told = log.filter(({ level }) => level === 'WARNING').length;
  return [
    { what: 'full disk: not answered 200', value: status === 200 ? 0 : 1, atMost: 0 },
    { what: 'full disk: warnings in the log', value: told, atLeast: 1 },
    { what: 'full disk: ended', value: child.exitCode === null ? 0 : 1, atMost: 0 },
  ];
}

async function oneCore({ scene, pick, say }: Setting): Promise<readonly Figure[]> {
  const { port } = await scene.start({
    models: scene.models({ affine: affine() }),
    under: ['taskset', '-c', '0'],
  });
  const clients = Clients.start({ port, clients: 16, requests: [posted(port, '/v1/predict', BODY)] });
  await pause(pick(1500, 5000));
  await clients.stop();
  say(`one core: ${JSON.stringify(Object.fromEntries(clients.endings))}`);
  return [{ what: 'one core: not answered 200', value: clients.bad, atMost: 0 }];
}
