/** What a bucket is told to remove by itself. Only below our own keys: whatever else lies in it is not ours to expire. */
import type { LifecycleRule } from '../store/store.ts';

const ABORT_DAYS = 7;

/** `days`: how long backups are kept, and what was overwritten or deleted in a bucket with versions. */
export const lifecycleRules = (days: number): readonly LifecycleRule[] => [
  { id: 'backups', prefix: 'backups/', expireDays: days, expireOldDays: days, abortUploadDays: ABORT_DAYS },
  { id: 'blobs', prefix: 'blobs/', expireOldDays: days, abortUploadDays: ABORT_DAYS },
  { id: 'index', prefix: 'index.json', expireOldDays: days },
];
