/**
 * Who may import whom. The server is a row of stages; each is handed the next one as an argument, so that it
 * can be tested with a ten-line fake and the arrow points one way only. Type-only imports are told apart:
 * a stage may know the shape of the next stage, never its code.
 */

/** Files without imports of ours beyond each other: anybody may use them. */
const LEAVES =
  '^src/((errors|error-table|clock|version|wilson|slices)\\.ts$|(thread|tensor|image|disk|onnx|cipher)/)';
const GROUND = '^src/(config|telemetry)/';
const STAGES = '^src/(pool|batcher|scheduler|admission|cache|outbound|cost)/';

/** Where threads and commands begin. */
const ENTRIES = [
  '^src/main\\.ts$',
  '^workers/(infer|isolation/child|federated/aggregate)\\.ts$',
  '^src/quality/drift/baseline/thread\\.ts$',
  '^tools/.*/main\\.ts$',
];

/** The scripts of the pages at / and /quality, which src/site reads as text. */
const BROWSER = '^src/site/(home|quality)/browser/';

/** Whose types a stage may name: those it drives or reads. (The scheduler asks the batchers for their next batch.) */
const MAY_NAME = {
  admission: ['batcher', 'scheduler', 'serving'],
  cache: ['batcher', 'http', 'serving'],
  scheduler: ['batcher', 'pool', 'cost'],
  batcher: ['pool', 'cost'],
  cost: [],
  pool: [],
  outbound: [],
  repository: [],
};

/** Whose code a folder above the stages may import; root and cli put things together and are not listed. */
const MAY_USE = {
  http: [],
  guard: ['http'],
  site: ['http', 'protocol', 'guard'],
  protocol: ['http', 'task', 'repository', 'quality', 'federated'],
  task: ['http', 'cache'],
  features: ['repository'],
  federated: [],
  traffic: ['serving', 'repository'],
  quality: ['serving', 'repository', 'traffic', 'guard', 'outbound'],
  bundle: ['python', 'repository'],
  gate: ['repository'],
  examples: [],
  python: [],
  pipeline: ['quality', 'repository', 'outbound'],
  artifacts: ['repository', 'outbound'],
  serving: ['repository', 'batcher', 'cost', 'scheduler', 'pool', 'admission', 'crashes'],
  crashes: ['repository'],
};

const notTypeOnly = { dependencyTypesNot: ['type-only'] };

module.exports = {
  forbidden: [
    ...require('./.dependency-cruiser.doors.cjs'),
    {
      name: 'tracing-is-loaded-when-on',
      comment: 'The packages behind this file take memory and start-up time; only import() may reach it.',
      severity: 'error',
      from: { path: '^(src|workers)/' },
      to: { path: '^src/telemetry/trace/exporter\\.ts$', dynamic: false, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-cycles',
      comment: 'Files in a cycle can only be understood, tested and loaded together.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unreachable',
      comment: 'Neither the server, nor a worker, nor `make generate` uses this file: delete it, or use it.',
      severity: 'error',
      from: { path: ENTRIES },
      to: { path: '^(src|workers)/', pathNot: [...ENTRIES, BROWSER], reachable: false },
    },
    {
      name: 'the-page-stands-alone',
      comment: 'It runs in browsers: its script is put together from these modules, and from nothing else.',
      severity: 'error',
      from: { path: BROWSER },
      to: { pathNot: BROWSER },
    },
    {
      name: 'the-page-is-not-imported',
      comment: 'It runs in browsers, and is sent to them as text.',
      severity: 'error',
      from: { path: '^(src|workers)/', pathNot: BROWSER },
      to: { path: BROWSER },
    },
    {
      name: 'no-unresolved',
      comment: 'The import leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-undeclared',
      comment: 'The package is here by luck (another package brought it): declare it in package.json.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-dev-packages',
      comment: 'The image is built without devDependencies, so the server would not start there.',
      severity: 'error',
      from: { path: '^(src|workers)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-noun',
      comment:
        'A file is one noun. Under a name like this, things that have nothing in common meet; barrels make cycles.',
      severity: 'error',
      from: {},
      to: {
        path: '(^|/)(utils?|helpers?|common|types|misc|shared|index)(\\.ts$|/)',
        pathNot: 'node_modules',
      },
    },
    {
      name: 'leaves-know-leaves',
      comment: 'Leaves are used by everybody, workers too; what they import, everybody loads.',
      severity: 'error',
      from: { path: LEAVES },
      to: { path: '^(src|workers)/', pathNot: LEAVES },
    },
    {
      name: 'workers-know-leaves',
      comment:
        'Worker code runs in its own thread: it sees only the leaves; src/thread is the whole contract.',
      severity: 'error',
      from: { path: '^workers/' },
      to: { path: '^src/', pathNot: LEAVES },
    },
    {
      name: 'src-never-imports-workers',
      comment: 'It would load the native addons on the main thread. src/pool reaches the workers by a URL.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^workers/' },
    },
    {
      name: 'ground-knows-leaves',
      comment: 'Options and telemetry are below everything that uses them.',
      severity: 'error',
      from: { path: GROUND },
      to: { path: '^src/', pathNot: [LEAVES, GROUND] },
    },
    {
      name: 'stages-do-not-know-each-other',
      comment: 'A stage receives the next one as an argument; import its type, not its code.',
      severity: 'error',
      from: { path: STAGES },
      to: { path: '^src/', pathNot: [LEAVES, GROUND, '^src/$1/'], ...notTypeOnly },
    },
    ...Object.entries(MAY_NAME).map(([stage, below]) => ({
      name: `${stage}-looks-down`,
      comment: `Types flow one way too: of the other folders, ${stage} may name only ${below.join(', ') || 'none'}.`,
      severity: 'error',
      from: { path: `^src/${stage}/` },
      to: { path: '^src/', pathNot: [LEAVES, GROUND, `^src/(${[stage, ...below].join('|')})/`] },
    })),
    ...Object.entries(MAY_USE).map(([folder, below]) => ({
      name: `${folder}-uses-what-is-below`,
      comment: `Of the other folders, ${folder} may import code only from ${below.join(', ') || 'none'}; types it may name.`,
      severity: 'error',
      from: { path: `^src/${folder}/` },
      to: {
        path: '^src/',
        pathNot: [LEAVES, GROUND, `^src/(${[folder, ...below].join('|')})/`],
        ...notTypeOnly,
      },
    })),
    {
      name: 'protocols-stand-alone',
      comment: 'What belongs to one protocol stands in its folder: another does not depend on it.',
      severity: 'error',
      from: { path: '^src/protocol/([^/]+)/' },
      to: { path: '^src/protocol/[^/]+/', pathNot: '^src/protocol/$1/' },
    },
    {
      name: 'only-the-root-knows-the-root',
      comment: 'src/root puts the parts together; only the command line starts it.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/root/', '^src/cli/'] },
      to: { path: '^src/root/', ...notTypeOnly },
    },
    {
      name: 'the-command-line-is-on-top',
      comment: 'Commands use the parts; no part knows a command.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/main\\.ts$', '^src/cli/'] },
      to: { path: '^src/cli/' },
    },
    {
      name: 'commands-ask-the-root',
      comment: 'A command does not put stages together by itself.',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: `${STAGES}|^src/(http|serving|task|protocol|site)/`, ...notTypeOnly },
    },
    {
      name: 'lifecycle-knows-leaves',
      comment: 'The state of the server is a thing that others ask, not one that asks others.',
      severity: 'error',
      from: { path: '^src/root/lifecycle\\.ts$' },
      to: { path: '^src/', pathNot: [LEAVES, GROUND] },
    },
    {
      name: 'entries-are-not-imported',
      comment: 'Importing an entry runs it.',
      severity: 'error',
      from: {},
      to: { path: ENTRIES },
    },
    {
      name: 'src-never-imports-test',
      comment: 'What is shipped stands without its tests, benchmarks and what observes it.',
      severity: 'error',
      from: { path: '^(src|workers)/' },
      to: { path: '^(client|tools|test|bench|deploy|grafana|prometheus)/' },
    },
    ...require('./.dependency-cruiser.programs.cjs'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // What a bundle holds finds its modules there.
    exclude: { path: '\\.as\\.ts$|/\\.venv/|^client/dist/|^src/bundle/templates/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
