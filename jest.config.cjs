/** Packages published as ES modules only. Jest on Node below 24.9 cannot require() them without a translation. */
const ESM_ONLY = ['@nestjs', 'cookie', 'content-disposition'];

/** A file's suffix assigns it to its project. */
const project = (displayName, suffix, more = {}) => ({
  displayName,
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testRegex: `\\.${suffix}\\.ts$`,
  transform: {
    '\\.ts$': '@swc/jest',
    [`node_modules/(${ESM_ONLY.join('|')})/.+\\.js$`]: [
      '@swc/jest',
      { swcrc: false, jsc: { target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  // Covers nested installations of these packages, too.
  transformIgnorePatterns: [`node_modules/(?!(.+/node_modules/)?(${ESM_ONLY.join('|')})/)`],
  ...more,
});

/** Starts one throw-away PostgreSQL for the run. */
const postgres = {
  globalSetup: '<rootDir>/testkit/global-setup.ts',
  globalTeardown: '<rootDir>/testkit/global-teardown.ts',
};

/** @type {import('jest').Config} */
module.exports = {
  projects: [
    // Pure code: no server, no database.
    project('unit', 'spec'),
    // The application on PostgreSQL, and its programs.
    project('e2e', 'e2e-spec', postgres),
    // Crashes, interruptions, several servers, large files.
    project('long', 'long-spec', postgres),
  ],
  // One more than the cores of a small machine: many suites wait for programs that they start.
  maxWorkers: 3,
  // Detects a hang. It is far above the time that a test takes on a busy machine. `npm run test:long` has its own.
  testTimeout: 120_000,
};
