/**
 * Combinations of options, and of options and places, that are each allowed and together unsafe. Pure. That nobody is asked
 * who they are on an address that others reach is told where authentication is opened.
 */
import { authenticates, isLoopbackHost, isOpenToNetwork } from '../authentication.ts';
import type { Config } from '../schema.ts';
import type { Posture } from './posture.ts';

export interface Unsafe {
  /** Stable: what alerts and silences go by. */
  readonly check: string;
  /** What is unsafe, and what to do about it. */
  readonly says: string;
}

type Rule = (config: Config, posture: Posture) => string | undefined;

const RULES: Readonly<Record<string, Rule>> = {
  'urls-for-everyone': (config) =>
    isOpenToNetwork(config) && config.urlFetch === 'public' && config.urlAllow.length === 0
      ? 'Anyone who reaches the server can make it fetch any public URL: name the hosts in urlAllow, or set urlFetch to off.'
      : undefined,
  'feedback-from-everyone': (config) =>
    isOpenToNetwork(config) && config.predictionLogDir !== undefined
      ? 'Anyone who reaches the server and knows a request id can say what was right: what is measured, or trained, by feedback is theirs to choose. Turn authentication on.'
      : undefined,
  'changes-on-public-port': (config) => {
    if (!isOpenToNetwork(config)) return undefined;
    const changing = [
      ...(config.modelControl === 'explicit' ? ['modelControl explicit'] : []),
      ...(config.trafficRoutes === 'loopback' ? ['trafficRoutes loopback'] : []),
      ...(config.driftRoutes === 'loopback' ? ['driftRoutes loopback'] : []),
      ...(config.logLevelRoute === 'loopback' ? ['logLevelRoute loopback'] : []),
    ];
    return changing.length === 0
      ? undefined
      : `${changing.join(', ')}: calls from this machine change the server without credentials, on the port that others reach too. A proxy on this machine would pass on the calls of strangers: turn authentication on.`;
  },
  'credentials-in-the-clear': (config) =>
    authenticates(config) &&
    !isLoopbackHost(config.host) &&
    config.tlsCertFile === undefined &&
    config.trustedProxies.length === 0
      ? 'Keys and tokens cross the network in the clear: set tlsCertFile and tlsKeyFile, or, where a proxy in front has TLS, name it in trustedProxies.'
      : undefined,
  'any-page': (config) =>
    config.corsOrigins.includes('*') && !authenticates(config)
      ? 'corsOrigins *: every page that is open in a browser which reaches the server can use it. Name the origins.'
      : undefined,
  'unsigned-models': (config) =>
    config.modelPublicKeys.length > 0 && config.modelsSignedOnly === 'off'
      ? 'modelPublicKeys is set, and models without a signature are served all the same: set modelsSignedOnly to on.'
      : undefined,
  'open-models-folder': (_, { openFolders }) =>
    openFolders.length > 0
      ? `Every user of this machine can change what lies in ${openFolders.join(', ')}, and model files are code: chmod o-w.`
      : undefined,
  root: (_, { root, container }) =>
    root && !container
      ? 'The server runs as root: give it a user of its own. A fault in a decoder would have the whole machine.'
      : undefined,
  debugger: (_, { inspected }) =>
    inspected
      ? 'Node opens a port for a debugger, through which anyone who reaches it runs any code: remove --inspect.'
      : undefined,
  'traced-by-strangers': (config) =>
    isOpenToNetwork(config) && config.tracingEndpoint !== undefined && config.tracingParent === 'trust'
      ? 'Anyone who reaches the server decides, by traceparent, which requests are traced: set tracingParent to link.'
      : undefined,
  'trace-key-in-the-clear': ({ tracingHeaders, tracingEndpoint }) =>
    tracingHeaders !== undefined && isRemoteHttp(tracingEndpoint)
      ? 'tracingHeaders, a secret, is sent to tracingEndpoint without TLS: use https.'
      : undefined,
};

const isRemoteHttp = (url: string | undefined): boolean =>
  url !== undefined &&
  url.startsWith('http:') &&
  !isLoopbackHost(new URL(url).hostname.replaceAll(/[[\]]/g, ''));

export const CHECKS: readonly string[] = Object.keys(RULES);

export const unsafeIn = (config: Config, posture: Posture): readonly Unsafe[] =>
  Object.entries(RULES).flatMap(([check, rule]) => {
    const says = rule(config, posture);
    return says === undefined ? [] : [{ check, says }];
  });
