/** The name of the file, for all who look at the folder of a version. */

/** What drift is compared with; it changes while the version is served, and is no part of it. */
export const DRIFT_FILE = 'drift.json';
