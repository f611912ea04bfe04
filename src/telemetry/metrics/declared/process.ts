/** The process itself, beside what prom-client knows of it. */
import type { Register } from '../register.ts';

export const processMetrics = (register: Register) => ({
  diskBytes: register.counter(
    'ortolan_process_disk_bytes_total',
    'Bytes that the process caused to be read from or written to disks.',
    ['direction'],
  ),
  networkBytes: register.counter(
    'ortolan_network_bytes_total',
    'Bytes that crossed the network interfaces of the process’s network namespace, loopback left out.',
    ['direction'],
  ),
  connectionsRefused: register.counter(
    'ortolan_connections_refused_total',
    'Connections closed before a request, because few file descriptors were left.',
    [],
  ),
  logLinesDropped: register.counter(
    'ortolan_log_lines_dropped_total',
    'Log lines that were dropped because the reader of stdout had stopped or its disk was full.',
    [],
  ),
  buildInfo: register.gauge('ortolan_build_info', 'Always 1; versions of the server and of Node.', [
    'version',
    'node',
  ]),
});
