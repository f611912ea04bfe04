/**
 * Counts the scans of a JPEG. Each scan of a progressive JPEG is a pass over all coefficients and can be 12 bytes long, so
 * a file of 250 kB can keep a core busy for half a minute. Neither decoder limits the number, and sharp checks its
 * timeout only between scans.
 */

/**
 * libjpeg's progressive script has 10 scans, mozjpeg's search ends at about 20. 64 passes over the largest
 * image of the fast path are some 20 ms.
 */
export const MAX_SCANS = 64;

const START_OF_SCAN = Buffer.from([0xff, 0xda]);

/** Whether the JPEG has more than MAX_SCANS. About 10 us for a photograph of 60 kB. */
export function hasTooManyScans(bytes: Uint8Array): boolean {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Every scan has these two bytes. Metadata and data after the picture (a phone's video clip) may have them too, so a
  // large count has to be checked.
  let pairs = 0;
  for (let at = file.indexOf(START_OF_SCAN); at !== -1; at = file.indexOf(START_OF_SCAN, at + 2)) {
    if (++pairs > MAX_SCANS) return countScans(bytes) > MAX_SCANS;
  }
  return false;
}

/** Start-of-scan markers up to the end of the picture, by walking from marker to marker. */
function countScans(bytes: Uint8Array): number {
  let scans = 0;
  for (let at = 2; at + 3 < bytes.length;) {
    const marker = bytes[at + 1] ?? 0;
    const isMarker = bytes[at] === 0xff && marker !== 0 && marker !== 0xff;
    if (!isMarker) {
      at++;
      continue;
    }
    at += 2;
    if (marker === 0xd9) break;
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) continue; // restart markers and others without length
    if (marker === 0xda) scans++;
    at += Math.max(2, ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
  }
  return scans;
}
