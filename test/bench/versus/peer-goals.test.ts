/** The peer that a goal is compared with: the best one in this run. */
import t from 'tap';
import type { ClosedLoop } from '../../../bench/record/results.ts';
import { bestPeer } from '../../../bench/versus/peer-goals.ts';

const row = (server: string, concurrency: number, perSecond: number, p50: number): ClosedLoop => ({
  server,
  model: 'fp32',
  concurrency,
  perSecond: [perSecond],
  p50: [p50],
  p95: [p50],
  p99: [p50],
  p999: [p50],
  failed: 0,
});

const rows = [
  row('ortolan', 16, 500, 1),
  row('mosec-cv2', 16, 400, 2),
  row('mosec', 16, 200, 50),
  row('fastapi', 16, 150, 70),
  row('ortolan', 1, 100, 1),
  row('mosec-cv2', 1, 90, 2),
  row('mosec', 1, 40, 20),
  row('fastapi', 1, 60, 12),
];

t.test('throughput is compared at 16 connections, latency at one', async (t) => {
  t.equal(bestPeer(rows, 'fp32', 'throughput'), 'mosec');
  t.equal(bestPeer(rows, 'fp32', 'latency'), 'fastapi');
});

t.test('a peer without responses is not the best one', async (t) => {
  const silent = { ...row('bentoml', 1, 0, 0), p50: [] };
  t.equal(bestPeer([...rows, silent], 'fp32', 'latency'), 'fastapi');
});

t.test('a model without peer measurements has no best peer', async (t) => {
  t.equal(bestPeer(rows, 'int8', 'throughput'), undefined);
});
