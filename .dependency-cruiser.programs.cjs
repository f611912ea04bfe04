/** Who may import whom of what is not the server: the client, tools, tests, benchmarks, deployment, dashboards. */

/** The folders of bench, each of which may import only those before it. */
const BENCH = [
  'record',
  'generator',
  'inputs',
  'run',
  'peers',
  'rollout',
  'simulator',
  'ceilings',
  'micro',
  'scenarios',
  'goals',
  'sections',
  'versus',
  'compare',
  'report/text',
  'report/plots',
  'report/chapters',
  'report',
];

module.exports = [
  {
    name: 'only-tests-import-tests',
    comment: 'What tests and programs share lies in tools/.',
    severity: 'error',
    from: { pathNot: '^test/' },
    to: { path: '^test/' },
  },
  {
    name: 'only-tests-import-bench',
    comment: 'What other programs share with the benchmarks lies in tools/.',
    severity: 'error',
    from: { pathNot: '^(test|bench)/' },
    to: { path: '^bench/' },
  },
  {
    name: 'the-client-stands-alone',
    comment: 'It runs in browsers and without the server: it imports only itself, and no package.',
    severity: 'error',
    from: { path: '^client/' },
    to: { pathNot: '^client/' },
  },
  {
    name: 'only-tests-import-the-client',
    comment: 'It is a package of its own.',
    severity: 'error',
    from: { pathNot: '^(client|test)/' },
    to: { path: '^client/' },
  },
  {
    name: 'tools-know-tools',
    comment:
      'Anybody may import them, so they import nobody; only what generates documents reads the server, and environments of ' +
      'Python are made in one way, which commands of the server need too.',
    severity: 'error',
    from: { path: '^tools/', pathNot: '^tools/generate/' },
    to: { path: '^(src|workers|bench|deploy|grafana|prometheus)/', pathNot: '^src/python/' },
  },
  {
    name: 'bench-programs-are-not-imported',
    comment: 'Importing one of them runs it.',
    severity: 'error',
    from: {},
    to: { path: '^bench/[^/]+\\.ts$|^bench/.+/(main|write|smoke)\\.ts$' },
  },
  ...BENCH.map((folder, index) => ({
    name: `bench-${folder.replace('/', '-')}-looks-down`,
    comment: `Of the other folders of bench, ${folder} may import only those before it: ${BENCH.slice(0, index).join(', ')}.`,
    severity: 'error',
    from: { path: `^bench/${folder}/[^/]+$` },
    to: { path: '^bench/', pathNot: `^bench/(${BENCH.slice(0, index + 1).join('|')})/[^/]+$` },
  })),
];
