'use strict';
// An application that has an embedded PostgreSQL and nothing else. Its one argument is JSON: the options, and
// `packageMissing` to run as if the optional package were not installed. It prints one JSON object a line; when its
// input says "stop" it stops.
const Module = require('node:module');
require('./swc-require.cjs');
const { startEmbeddedPostgres } = require('../src/database/embedded/embedded-postgres');

const print = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const { packageMissing, ...options } = JSON.parse(process.argv[2]);

if (packageMissing) {
  const resolve = Module._resolveFilename;
  Module._resolveFilename = (request, ...rest) => {
    if (request === 'embedded-postgres') throw Object.assign(new Error('not found'), { code: 'MODULE_NOT_FOUND' });
    return resolve.call(Module, request, ...rest);
  };
}

async function main() {
  const report = (line) => print({ report: line });
  const onFailure = (error) => print({ failure: error.message });
  const postgres = await startEmbeddedPostgres({ ...options, report, onFailure });
  const { url, directory, adopted, version } = postgres;
  print({ ready: { url, directory, adopted, version } });
  process.stdin.on('data', () => void postgres.stop().then(() => process.exit(0)));
}

main().catch((error) => {
  print({ error: error.message });
  process.exitCode = 1;
});
