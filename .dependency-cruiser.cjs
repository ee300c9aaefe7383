/** Who may import whom; docs/decisions/layers.md says why. Tests and fixtures may import more than the code beside them. */
const TEST = '\\.(test|fixture|contract)\\.tsx?$';
const SRC = '^pipecat-app/src';
/** Shapes of everything that crosses a door: zod schemas without effects, so everyone may know them. */
const PROTOCOL = `${SRC}/server/((cluster|machines|memory|power|prompt|tool)-)?protocol\\.ts$`;
/** Files that Node or a browser starts by themselves. */
const ENTRY = [
  `${SRC}/main\\.ts$`,
  `${SRC}/cli/main\\.ts$`,
  '-(worker|child)\\.ts$',
  '^pipecat-app/web/src/main\\.tsx$',
  '^jobs/src/[^/]+/main\\.ts$',
  '^power-agent/src/main\\.ts$',
  '^pxe/src/main\\.ts$',
  '\\.config\\.ts$',
  '^testing/',
  '\\.d\\.ts$',
];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Files that need each other are one file, or share a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'Nothing imports this file and it imports nothing: it does nothing.',
      severity: 'error',
      from: { orphan: true, pathNot: [TEST, ...ENTRY] },
      to: {},
    },
    {
      name: 'only-for-tests',
      comment: 'Product code does not import tests or fixtures.',
      severity: 'error',
      from: { path: '^(hashi|pipecat-app|power-agent|pxe)', pathNot: TEST },
      to: { path: [TEST, '^testing/'] },
    },
    {
      name: 'hashi-stands-alone',
      comment: 'The clients of Nomad and Consul serve every workspace and know none.',
      severity: 'error',
      from: { path: '^hashi/' },
      to: { path: '^(pipecat-app|power-agent|pxe|testing)/' },
    },
    {
      name: 'power-agent-needs-only-hashi',
      comment: 'The power agent runs on every node, and needs nothing of the agent that people talk to.',
      severity: 'error',
      from: { path: '^power-agent/' },
      to: { path: '^(pipecat-app|jobs|testing)/' },
    },
    {
      name: 'network-boot-needs-only-hashi',
      comment:
        'It installs the machines that everything else runs on, and needs nothing of it but a place to show them.',
      severity: 'error',
      from: { path: '^pxe/' },
      to: { path: '^(pipecat-app|power-agent|jobs|testing)/' },
    },
    {
      name: 'core-knows-no-doors',
      comment: 'What hears, thinks and acts must work without any server; the message shapes are shared.',
      severity: 'error',
      from: { path: `${SRC}/(voice|mind|memory|tools|experts|models|cluster)/`, pathNot: TEST },
      to: { path: `${SRC}/(server|wire|cli)/`, pathNot: PROTOCOL },
    },
    {
      name: 'voice-knows-no-engines',
      comment:
        'voice/ sees engines through their interfaces (vad.ts, stt.ts, tts.ts, mind.ts, tool.ts) and pure text functions.',
      severity: 'error',
      from: { path: `${SRC}/voice/`, pathNot: TEST },
      to: {
        path: `${SRC}/(ears|mouth|mind|memory|tools|experts|models)/`,
        pathNot: `${SRC}/(ears/(vad|stt)|mouth/(tts|speakable)|mind/mind|tools/tool)\\.ts$`,
      },
    },
    {
      name: 'engines-stand-alone',
      comment: 'An engine needs samples, errors and its own folder, so that it can be replaced or run by itself.',
      severity: 'error',
      from: { path: `${SRC}/(ears|mouth)/`, pathNot: TEST },
      to: {
        path: SRC,
        pathNot: [`${SRC}/$1/`, `${SRC}/voice/(pcm|wav|resample)\\.ts$`, `${SRC}/errors\\.ts$`],
      },
    },
    {
      name: 'engines-do-not-meet',
      comment: 'Ears and mouth are built by the composition root and meet in a session only.',
      severity: 'error',
      from: { path: SRC, pathNot: [TEST, `${SRC}/(main|agent|parts)\\.ts$`, `${SRC}/(ears|mouth)/`] },
      to: {
        path: `${SRC}/(ears/(silero|whisper-cpp|openai-stt)|mouth/(espeak|openai-tts)|experts/(embedded|openai-llm))\\.ts$`,
      },
    },
    {
      name: 'page-shares-only-the-protocol',
      comment: 'The browser must not pull in code of the server.',
      severity: 'error',
      from: { path: '^pipecat-app/web/', pathNot: TEST },
      to: { path: SRC, pathNot: PROTOCOL },
    },
    {
      name: 'server-knows-no-page',
      comment: 'The server hands out the built page as files.',
      severity: 'error',
      from: { path: SRC },
      to: { path: '^pipecat-app/web/' },
    },
    {
      name: 'composition-root-is-the-top',
      comment: 'main.ts is started, never imported.',
      severity: 'error',
      from: {},
      to: { path: `${SRC}/main\\.ts$` },
    },
    {
      name: 'jobs-need-only-node',
      comment: 'The programs of jobs/ run on nodes that have Node.js and no packages.',
      severity: 'error',
      from: { path: '^jobs/', pathNot: TEST },
      to: { pathNot: '^jobs/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'no-unlisted-packages',
      comment: 'A package that no package.json names may vanish with the next install.',
      severity: 'error',
      from: { path: '^(hashi|pipecat-app|power-agent|pxe)' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'] },
    },
    {
      name: 'no-unresolvable',
      comment: 'The import leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^@twin/' },
    },
    {
      name: 'no-dev-packages-in-product',
      comment: 'Product code runs where only the runtime dependencies are installed.',
      severity: 'error',
      from: { path: [SRC, '^hashi/src', '^power-agent/src', '^pxe/src'], pathNot: TEST },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/@types/' },
    },
  ],
  options: {
    parser: 'tsc',
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(hashi|pipecat-app|power-agent|pxe|jobs|testing)(/web)?/(dist|coverage)/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
