import { availableParallelism } from 'node:os';

// Mutation testing of the graph and of the code that carries out plans; `npm run test:mutation` names the files.
export default {
  packageManager: 'npm',
  plugins: ['@stryker-mutator/vitest-runner'],
  testRunner: 'vitest',
  // Coverage tells which tests to run; a search for related files before each mutant would only take time.
  vitest: { configFile: 'vitest.mutation.config.mts', related: false },
  coverageAnalysis: 'perTest',
  // Constants are read once, before the first test: a mutant of one cannot be switched on for a single test.
  ignoreStatic: true,
  disableTypeChecks: false,
  mutator: { excludedMutations: ['StringLiteral'] },
  ignorePatterns: ['.lab', 'dist'],
  tempDirName: 'out/mutation/sandbox',
  // Tests of the service wait more than they compute.
  concurrency: 2 * availableParallelism(),
  // On a busy machine a shorter one would count slow runs as detected faults.
  timeoutMS: 60_000,
  dryRunTimeoutMinutes: 20,
  timeoutFactor: 2,
  allowEmpty: true,
};
