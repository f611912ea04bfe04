/**
 * kustomize/base/config.env, the options as the environment of a pod: a file of `NAME=value` lines, each under its
 * description, that kustomize reads into the ConfigMap. Only values that are the same for every pod are set; what follows
 * from a pod's limits, what the image sets, and secrets are comments.
 */
import { envOf } from '../../src/config/names.ts';
import { defaultOf, isSecret, rangeOf, shownValue } from '../../src/config/option-text.ts';
import { factsOf, OPTION_GROUPS, type OptionName } from '../../src/config/schema.ts';
import { fileOptionOf } from '../../src/config/secrets/file-option.ts';
import { commentNote, type Document } from './document.ts';

/** Values that a pod needs in place of the defaults, and why. */
const IN_A_POD: Readonly<Partial<Record<OptionName, { readonly value: string; readonly why: string }>>> = {
  host: { value: '0.0.0.0', why: 'a pod has an address of its own, and the Service sends to it' },
  cacheDir: {
    value: '/var/cache/ortolan',
    why: 'a volume that ends with the pod; the file system is read-only',
  },
  drainDeadlineMs: {
    value: '60000',
    why: 'twice maxTimeoutMs, so that the last request accepted while draining is answered; the Deployment’s terminationGracePeriodSeconds fits it',
  },
};

/** Left to another source: the image sets the folder of its models, OTEL_SERVICE_NAME the service. */
const LEFT_OPEN: ReadonlySet<OptionName> = new Set(['models', 'tracingServiceName']);

export const podEnvironment: Document = {
  file: 'kustomize/base/config.env',
  make: () => `${commentNote('src/config/options/')}
# Every option as a pod is given it; an overlay sets another value by a configMapGenerator with \`behavior: merge\`.

${environment()}`,
};

/** The lines of the file, by groups. Every option is there; `loadConfig` takes every line that is no comment. */
function environment(): string {
  return OPTION_GROUPS.flatMap(([group, names]) => [
    `# ${group}`,
    '',
    ...names.flatMap((name) => [...linesOf(name), '']),
  ]).join('\n');
}

function linesOf(name: OptionName): string[] {
  const pod = IN_A_POD[name];
  const description = [
    `# ${factsOf(name).description}`,
    `# It takes ${rangeOf(name)}. Default: ${defaultOf(name)}.`,
  ];
  if (factsOf(name).secret === true) {
    description.push(
      `# It is a secret: mount it from a Secret, and give ${envOf(fileOptionOf(name) as OptionName)}.`,
    );
  }
  if (pod !== undefined) return [...description, `# Here: ${pod.why}.`, `${envOf(name)}=${pod.value}`];
  const value = valueOf(name);
  return [...description, value === undefined ? `#${envOf(name)}=` : `${envOf(name)}=${value}`];
}

/** The default as it is written in an environment; undefined when there is none to write. */
function valueOf(name: OptionName): string | undefined {
  const option = factsOf(name);
  if (option.default === undefined || LEFT_OPEN.has(name) || isSecret(name, option.secret)) return undefined;
  if (Array.isArray(option.default))
    return option.default.length === 0 ? undefined : option.default.join(',');
  return shownValue(name, option.default).replaceAll(' ', '');
}
