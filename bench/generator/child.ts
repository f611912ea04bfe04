/** The generator's process: phases come by IPC, one at a time; each outcome goes back. Ends with its parent. */
import { constants, setPriority } from 'node:os';
import { closedLoop } from './closed-loop.ts';
import { burst, openLoop } from './open-loop.ts';
import type { Outcome, Phase } from './phase.ts';

function play(phase: Phase): Promise<Outcome> {
  switch (phase.kind) {
    case 'closed':
      return closedLoop(phase);
    case 'open':
      return openLoop(phase);
    case 'burst':
      return burst(phase);
  }
}

/** By structured clone, a Buffer arrives as the Uint8Array that it is; sockets and autocannon want Buffers. */
const withBuffers = (phase: Phase): Phase => ({
  ...phase,
  bodies: phase.bodies.map((body) => Buffer.from(body.buffer, body.byteOffset, body.byteLength)),
});

process.on('message', (phase: Phase) => {
  play(withBuffers(phase)).then(
    (outcome) => process.send!({ outcome }),
    (error: unknown) => process.send!({ error: error instanceof Error ? error.stack : String(error) }),
  );
});
process.on('disconnect', () => process.exit());

// On a machine that both share, a generator that waits for its turn on a core would pass for a slow server. (A
// client elsewhere would not wait.) Where this is not allowed, the reported lag says what it cost.
try {
  setPriority(constants.priority.PRIORITY_HIGH);
} catch {
  // An ordinary user: as it is.
}
