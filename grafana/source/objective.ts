/** The latency objective in seconds: the default of the option sloP99Ms, as in prometheus/rules/recording.yml. */
export const OBJECTIVE_SECONDS = 0.2;
