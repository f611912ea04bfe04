/** The process itself, beside what prom-client knows of it. */
import type { Register } from '../register.ts';

export const processMetrics = (register: Register) => ({
  crashes: register.counter(
    'ortolan_crashes_total',
    'Crashes of native code that ended a server on this cache folder, also before this process.',
    ['signal'],
  ),
  lastCrash: register.gauge(
    'ortolan_last_crash_timestamp_seconds',
    'When native code last ended a server on this cache folder, in seconds since 1970.',
    [],
  ),
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
