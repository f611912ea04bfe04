/**
 * What a cluster needs to watch the server, made from the files that every Prometheus and Grafana use: each file
 * of prometheus/rules as a PrometheusRule, each dashboard of grafana/dashboards as a ConfigMap. kustomize can
 * neither wrap the one nor reach the other by itself. Text only: nothing here understands a rule.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { commentNote, type Document } from './document.ts';

const RULES = 'prometheus/rules';
const DASHBOARDS = 'grafana/dashboards';
const RULES_HERE = 'kustomize/components/monitoring/rules';

/** The files under kustomize/ and grafana/ that are made from others. */
export function monitoring(): Document[] {
  const rules = namesIn(RULES, '.yml');
  return [
    {
      file: `${RULES_HERE}/kustomization.yaml`,
      make: () => `${commentNote(RULES)}\n${rulesKustomization(rules)}`,
    },
    ...rules.map((name) => ({ file: `${RULES_HERE}/${name}.yaml`, make: () => prometheusRule(name) })),
    {
      file: 'grafana/kustomization.yaml',
      make: () => `${commentNote(DASHBOARDS)}\n${dashboardsKustomization(namesIn(DASHBOARDS, '.json'))}`,
    },
  ];
}

const HEAD = `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
`;

/** `release` is what the Prometheus of kube-prometheus-stack looks for. */
const rulesKustomization = (names: readonly string[]): string => `${HEAD}${list(
  'resources',
  names.map((name) => `  - ${name}.yaml`),
)}labels:
  - pairs:
      release: prometheus
`;

/** A rules file is the `spec` of a PrometheusRule, two columns further in. */
function prometheusRule(name: string): string {
  const file = `${RULES}/${name}.yml`;
  return `${commentNote(file)}
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: ortolan-${name}
spec:
${readFileSync(file, 'utf8').replaceAll(/^(?=.)/gm, '  ')}`;
}

/**
 * Grafana's sidecar takes every ConfigMap with this label. One for each dashboard: `kubectl apply` writes what it
 * applied into an annotation, and those end at 256 KiB.
 */
const dashboardsKustomization = (names: readonly string[]): string => `${HEAD}${list(
  'configMapGenerator',
  names.flatMap((name) => [
    `  - name: ortolan-dashboard-${name}`,
    '    files:',
    `      - dashboards/${name}.json`,
  ]),
)}generatorOptions:
  disableNameSuffixHash: true
  labels:
    grafana_dashboard: '1'
`;

const list = (key: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : `${key}:\n${lines.join('\n')}\n`;

/** Sorted names without their ending; none when there is no such folder. */
function namesIn(folder: string, ending: string): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith(ending))
      .map((file) => basename(file, ending))
      .toSorted();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
