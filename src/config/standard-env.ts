/**
 * Variables that every program with OpenTelemetry reads. They are used for options that no place of the server's own
 * sets. Pure.
 *
 * They are set for all programs of a machine or a pod: a value that this server cannot use is ignored with a warning,
 * where a wrong value of its own options would stop the start.
 */
import { Check } from 'typebox/schema';
import { OPTIONS, type OptionName } from './schema.ts';

export interface Standard {
  readonly option: OptionName;
  readonly variable: string;
  readonly value: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

export function standardSettings(env: Environment): {
  readonly settings: readonly Standard[];
  readonly warnings: readonly string[];
} {
  const settings: Standard[] = [];
  const warnings: string[] = [];
  const endpoint = endpointOf(env);
  if (endpoint !== undefined && !isOff(env)) {
    const problem = problemOf(endpoint, env);
    if (problem === undefined) settings.push(endpoint);
    else warnings.push(`${endpoint.variable} is ignored: ${problem}. Nothing is traced.`);
  }
  const service = serviceOf(env);
  if (service !== undefined) settings.push(service);
  return { settings, warnings };
}

function endpointOf(env: Environment): Standard | undefined {
  const option = 'tracingEndpoint';
  const own = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';
  if (said(env, own) !== undefined) return { option, variable: own, value: said(env, own)! };
  // For traces, metrics and logs alike: the path of traces is added.
  const base = said(env, 'OTEL_EXPORTER_OTLP_ENDPOINT');
  if (base === undefined) return undefined;
  return { option, variable: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: `${base.replace(/\/$/, '')}/v1/traces` };
}

const isOff = (env: Environment): boolean =>
  said(env, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true' || said(env, 'OTEL_TRACES_EXPORTER') === 'none';

function problemOf({ value }: Standard, env: Environment): string | undefined {
  const protocol =
    said(env, 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? said(env, 'OTEL_EXPORTER_OTLP_PROTOCOL');
  if (protocol === 'grpc') return 'the protocol is said to be grpc, and the server speaks http/protobuf only';
  return Check(OPTIONS.tracingEndpoint, value)
    ? undefined
    : 'it is no http:// or https:// URL without a user name';
}

function serviceOf(env: Environment): Standard | undefined {
  const option = 'tracingServiceName';
  const name = said(env, 'OTEL_SERVICE_NAME');
  if (name !== undefined) return { option, variable: 'OTEL_SERVICE_NAME', value: name };
  const [, encoded] =
    /(?:^|,)\s*service\.name\s*=\s*([^,]+)/.exec(env['OTEL_RESOURCE_ATTRIBUTES'] ?? '') ?? [];
  if (encoded === undefined) return undefined;
  return { option, variable: 'OTEL_RESOURCE_ATTRIBUTES', value: decoded(encoded.trim()) };
}

const said = (env: Environment, name: string): string | undefined => env[name]?.trim() || undefined;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
