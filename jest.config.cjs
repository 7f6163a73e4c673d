/** Packages that ship as ES modules only; Jest below Node 24.9 cannot require() them untranslated. */
const ESM_ONLY = ['@nestjs', 'cookie', 'content-disposition'];

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testRegex: '\\.(spec|e2e-spec)\\.ts$',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  transform: {
    '\\.ts$': '@swc/jest',
    [`node_modules/(${ESM_ONLY.join('|')})/.+\\.js$`]: [
      '@swc/jest',
      { swcrc: false, jsc: { target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  // Wherever they are installed, also below a package that needs another version of them.
  transformIgnorePatterns: [`node_modules/(?!(.+/node_modules/)?(${ESM_ONLY.join('|')})/)`],
  globalSetup: '<rootDir>/testkit/global-setup.ts',
  globalTeardown: '<rootDir>/testkit/global-teardown.ts',
  // One more than the cores of a small machine: many suites wait for programs of their own, or for time to pass.
  maxWorkers: 3,
  testTimeout: 30_000,
};
