/** What the processes use: CPU, memory, event loop, network. */
import type { Row } from '../dashboard.ts';
import { bars, lines } from '../panel.ts';
import { max, rate, ratio, series, sum, sumRate } from '../promql.ts';

export const processes: Row = {
  title: 'Processes',
  panels: [
    lines({
      title: 'CPU',
      description: 'CPU cores used by each server.',
      unit: 'short',
      queries: [{ expr: sum('instance', rate('process_cpu_seconds_total')), legend: '{{instance}}' }],
      min: 0,
      width: 6,
    }),
    lines({
      title: 'Memory',
      description: 'Resident memory of each server, and limit:ortolan_memory:bytes of prometheus/rules.',
      unit: 'bytes',
      queries: [
        { expr: sum('instance', series('process_resident_memory_bytes')), legend: '{{instance}}' },
        { expr: 'limit:ortolan_memory:bytes', legend: 'limit' },
      ],
      colors: { '^limit$': 'red' },
      min: 0,
      width: 6,
    }),
    lines({
      title: 'Event loop lag',
      description: 'p99 of the lag of the main thread. OrtolanEventLoopLag fires above 100 ms.',
      unit: 's',
      queries: [
        { expr: max('instance', series('nodejs_eventloop_lag_p99_seconds')), legend: '{{instance}}' },
      ],
      thresholds: [
        [null, 'green'],
        [0.1, 'red'],
      ],
      min: 0,
      width: 6,
    }),
    bars({
      title: 'Body memory in use',
      description: 'Bytes of request bodies in flight over their limit. At 100 % requests are refused.',
      unit: 'percentunit',
      queries: [
        {
          expr: ratio(
            sum('instance', series('ortolan_in_flight_bytes')),
            sum('instance', series('ortolan_in_flight_bytes_limit')),
          ),
          legend: '{{instance}}',
        },
      ],
      thresholds: [
        [null, 'green'],
        [0.7, 'yellow'],
        [0.9, 'red'],
      ],
      min: 0,
      max: 1,
      width: 6,
    }),
    lines({
      title: 'Request and response bytes',
      description: 'Bytes of request bodies read and of answer bodies written.',
      unit: 'Bps',
      queries: [
        { expr: sumRate('', 'ortolan_http_received_bytes_total'), legend: 'in' },
        { expr: sumRate('', 'ortolan_http_sent_bytes_total'), legend: 'out' },
      ],
      min: 0,
      width: 8,
    }),
    lines({
      title: 'Network and disk',
      description: 'Bytes over network interfaces (without loopback), and to and from disks.',
      unit: 'Bps',
      queries: [
        { expr: sumRate('direction', 'ortolan_network_bytes_total'), legend: 'network {{direction}}' },
        { expr: sumRate('direction', 'ortolan_process_disk_bytes_total'), legend: 'disk {{direction}}' },
      ],
      min: 0,
      width: 8,
    }),
    lines({
      title: 'File descriptors',
      description: 'Open file descriptors of each server; most are connections.',
      unit: 'short',
      queries: [{ expr: sum('instance', series('process_open_fds')), legend: '{{instance}}' }],
      min: 0,
      width: 8,
    }),
  ],
};
