/**
 * Lets a listening socket be closed without a reset to anybody. The system completes connections by itself and keeps them
 * in the queue of the socket; those that are there when it is closed are reset, although their clients are connected and
 * may have sent a request. So the system is first told to take no further attempt: a filter on the socket drops the packet
 * that begins a connection (its client tries again, and is refused). What is in the queue then is all that will ever be.
 *
 * The addon does not give the descriptor of the socket: it is found in /proc. On Linux only.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Of <asm-generic/socket.h>, the same on x86-64 and arm64. */
const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;

/**
 * Classic BPF on the TCP header: drop what has SYN and not ACK in its flags. Each row is a `struct sock_filter` of
 * <linux/filter.h>: code, jump if true, jump if false, operand.
 */
const DROP_SYN = [
  [0x30, 0, 0, 13], // load the byte at 13, the flags
  [0x54, 0, 0, 0x12], // keep SYN and ACK
  [0x15, 0, 1, 0x02], // SYN alone?
  [0x06, 0, 0, 0], // drop
  [0x06, 0, 0, 0xffff_ffff], // take all of it
] as const;
const ROW_BYTES = 8;

/** State LISTEN in /proc/net/tcp. */
const LISTEN = '0A';

/** No connection to this port of ours begins any more. Returns false where that cannot be done. */
export async function refuseArrivals(port: number): Promise<boolean> {
  const sockets = listeningOn(port);
  if (sockets.length === 0) return false;
  try {
    const { default: koffi } = await import('koffi');
    const program = koffi.struct({ length: 'uint16_t', rows: 'void *' });
    const setsockopt = koffi
      .load('libc.so.6')
      .func('setsockopt', 'int', ['int', 'int', 'int', koffi.pointer(program), 'uint32_t']);
    const value = { length: DROP_SYN.length, rows: rowsOf(DROP_SYN) };
    return sockets.every(
      (socket) => setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, value, koffi.sizeof(program)) === 0,
    );
  } catch {
    return false; // Another C library, or koffi is not there.
  }
}

function rowsOf(rows: typeof DROP_SYN): Buffer {
  const bytes = Buffer.alloc(rows.length * ROW_BYTES);
  for (const [index, [code, ifTrue, ifFalse, operand]] of rows.entries()) {
    bytes.writeUInt16LE(code, index * ROW_BYTES);
    bytes.writeUInt8(ifTrue, index * ROW_BYTES + 2);
    bytes.writeUInt8(ifFalse, index * ROW_BYTES + 3);
    bytes.writeUInt32LE(operand, index * ROW_BYTES + 4);
  }
  return bytes;
}

/** Descriptors of this process that listen on the port, of any address; none where there is no /proc. */
function listeningOn(port: number): number[] {
  try {
    const hex = port.toString(16).toUpperCase().padStart(4, '0');
    const lines = ['tcp', 'tcp6'].flatMap((name) =>
      readFileSync(`/proc/self/net/${name}`, 'utf8').split('\n'),
    );
    const inodes = lines.flatMap((line) => {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
      return state === LISTEN && local.endsWith(`:${hex}`) ? [`socket:[${inode}]`] : [];
    });
    return readdirSync('/proc/self/fd')
      .map(Number)
      .filter((fd) => inodes.includes(linkOf(fd)));
  } catch {
    return [];
  }
}

/** What the descriptor is; empty when it is gone. */
function linkOf(descriptor: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return '';
  }
}
