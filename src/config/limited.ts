/** Whether the options limit callers. */
import { authenticates } from './authentication.ts';
import type { Config } from './schema.ts';

/** Keys may have limits of their own, and those who try without a valid one are counted. */
export const isLimited = (config: Config): boolean =>
  (config.rateLimit !== undefined && config.rateLimit !== 'off') ||
  config.concurrencyLimit !== undefined ||
  config.dailyLimit !== undefined ||
  authenticates(config);
