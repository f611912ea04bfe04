/** What the processes use. */
import type { Row } from '../dashboard.ts';
import { bars, lines } from '../panel.ts';
import { max, rate, ratio, series, sum, sumRate } from '../promql.ts';

export const processes: Row = {
  title: 'The processes',
  panels: [
    lines({
      title: 'CPU',
      description: 'Cores that each server uses. As many worker threads are busy as there are cores.',
      unit: 'short',
      queries: [{ expr: sum('instance', rate('process_cpu_seconds_total')), legend: '{{instance}}' }],
      min: 0,
      width: 6,
    }),
    lines({
      title: 'Memory',
      description: 'Resident memory of each server, and its limit as prometheus/rules has it.',
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
      title: 'Event loop',
      description:
        'How late the main thread is, 99th percentile. It serves everyone: OrtolanEventLoopLag above 100 ms.',
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
      title: 'Room for bodies',
      description:
        'Bytes of bodies being read or waiting, of what is allowed. When it is full, requests are refused.',
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
      title: 'Bodies in and out',
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
      description: 'Bytes over the network interfaces (loopback left out), and to and from disks.',
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
      description: 'Open ones of each server: connections, mostly.',
      unit: 'short',
      queries: [{ expr: sum('instance', series('process_open_fds')), legend: '{{instance}}' }],
      min: 0,
      width: 8,
    }),
  ],
};
