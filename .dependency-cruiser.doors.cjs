/** Which file may import which package. */

/** Each package has one door. `from` is where the door is. */
const DOORS = [
  ['uWebSockets.js', '^src/http/', 'its responses die in ways that only src/http knows to guard against'],
  [
    'onnxruntime-node',
    '^workers/(session|runtime|values)\\.ts$',
    'a session belongs to one worker thread; loaded on the main thread it would block the event loop',
  ],
  [
    'sharp',
    '^workers/image/',
    'decoding happens where the pixels are used, with its formats blocked and its threads counted',
  ],
  [
    '@julusian/jpeg-turbo',
    '^workers/image/',
    'decoding happens where the pixels are used, behind the checks of the image header',
  ],
  [
    'koffi',
    '^(workers/(image/turbo|memory|device/adapter|isolation/die-with-parent)|src/http/addon/last-arrivals)\\.ts$',
    'it calls native code with whatever it is told: one file knows what libjpeg-turbo takes, two others what glibc does, and one how Vulkan names a device',
  ],
  [
    'piscina',
    '^src/pool/',
    'ending a busy worker aborts the process; only src/pool knows which worker is busy',
  ],
  ['prom-client', '^src/telemetry/', 'every metric is declared once'],
  ['pino', '^src/telemetry/', 'every log line has the fields that are documented, and secrets are redacted'],
  [
    'ioredis',
    '^src/outbound/redis\\.ts$',
    'calls are bounded in time and refused while it is down; who shares nothing does not load it',
  ],
  [
    'undici',
    '^src/outbound/',
    'a request to the outside is bounded, and one that a client chooses goes through the address checks',
  ],
  ['jose', '^src/guard/token/', 'only public keys and named algorithms verify a token'],
  ['ipaddr.js', '^src/outbound/', 'which addresses are public is decided once'],
  [
    '@opentelemetry',
    '^src/telemetry/trace/exporter\\.ts$',
    'the rest knows spans as plain facts, and a server that traces nothing does not load it',
  ],
  ['commander', '^src/cli/', 'the rest of the server gets options, not arguments'],
  ['cli-progress', '^src/cli/', 'the server logs; only a command at a terminal draws'],
];

const escape = (text) => text.replace(/[.\\/]/g, '\\$&');

module.exports = DOORS.map(([name, door, why]) => ({
  name: `one-door-${name}`,
  comment: `${name} is imported only in ${door.replace(/[\\^$]/g, '')}: ${why}.`,
  severity: 'error',
  from: { path: '^(src|workers)/', pathNot: door },
  to: { path: `node_modules/${escape(name)}(/|$)` },
}));
