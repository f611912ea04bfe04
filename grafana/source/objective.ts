/** The latency objective in seconds: the default of the option sloP99Ms, and the one of prometheus/rules/recording.yml. */
export const OBJECTIVE_SECONDS = 0.2;
