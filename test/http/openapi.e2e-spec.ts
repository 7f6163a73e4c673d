import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTestApp, type TestApp } from '../../testkit/app';
import { documented, pathFor } from './operations';

const ROOT = join(__dirname, '../..');

let app: TestApp;
beforeAll(async () => (app = await startTestApp()));
afterAll(() => app.close());

/** The validator is an ES module, which Jest cannot load; Node can. */
const VALIDATE = `
  import { Validator } from '@seriousme/openapi-schema-validator';
  const { text } = await import('node:stream/consumers');
  const result = await new Validator().validate(JSON.parse(await text(process.stdin)));
  process.stdout.write(JSON.stringify(result));`;

function validate(document: unknown): { valid: boolean; errors?: unknown } {
  const options = { input: JSON.stringify(document), cwd: ROOT };
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '--eval', VALIDATE], options).toString());
}

describe('GET /openapi.json', () => {
  it('is a valid OpenAPI 3.1 document', async () => {
    const { body, headers } = await app.api.get('/openapi.json').expect(200);
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(body.openapi).toMatch(/^3\.1\./);
    expect(validate(body)).toEqual({ valid: true });
    expect(validate({ ...body, info: { title: 'no version' } }).valid).toBe(false);
  });

  it('returns the document that requests are validated against', async () => {
    const { body } = await app.api.get('/openapi.json');
    expect(body).toEqual(JSON.parse(JSON.stringify(app.document)));
  });

  it('has the version of the package', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(app.document.info.version).toBe(version);
  });

  it('has no dangling references', () => {
    const references = JSON.stringify(app.document).match(/"#\/[^"]*"/g) ?? [];
    expect(references.length).toBeGreaterThan(0);
    for (const reference of new Set(references)) {
      const steps: string[] = JSON.parse(reference).slice(2).split('/');
      const target = steps.reduce<unknown>(
        (at, step) => (at as Record<string, unknown> | undefined)?.[step],
        app.document,
      );
      expect([reference, typeof target]).toEqual([reference, 'object']);
    }
  });

  it('describes every served route, and no other', async () => {
    expect(await servedRoutes(app)).toEqual(documented(app.document).sort());
  });
});

describe('GET /docs', () => {
  it('returns Swagger UI, and all its assets exist', async () => {
    const page = await app.api.get('/docs').expect(200);
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    expect(page.text).toContain('<title>Phaseline API</title>');
    const assets = Array.from(page.text.matchAll(/(?:href|src)="([^"]+)"/g), ([, url]) => url!);
    expect(assets.length).toBeGreaterThanOrEqual(4);
    for (const asset of assets) {
      const url = new URL(asset, `${app.origin}/docs`);
      expect(url.origin).toBe(app.origin);
      const { status, headers } = await app.api.get(url.pathname);
      expect([asset, status, headers['content-type']]).toEqual([asset, 200, expect.stringMatching(typeOf(asset))]);
    }
  });

  it('contains the served document', async () => {
    const { text } = await app.api.get('/docs/swagger-ui-init.js').expect(200);
    for (const operation of documented(app.document)) expect(text).toContain(operation.split(' ')[1]);
  });
});

/** Every route that is served, as `GET /path/{parameter}`: the paths that the router prints, with the methods they allow. */
async function servedRoutes({ nest, api }: TestApp): Promise<string[]> {
  const routes: string[] = [];
  for (const path of printedPaths(nest.getHttpAdapter().getInstance().printRoutes({ commonPrefix: false }))) {
    const { headers } = await api.options(pathFor(path, randomUUID())).expect(405);
    const methods = headers['allow']!.split(', ').filter((method) => method !== 'HEAD');
    routes.push(...methods.map((method) => `${method} ${path}`));
  }
  return routes.sort();
}

/** Reads the tree of the router, where every line stands four columns deeper than the path that it continues. */
function printedPaths(tree: string): string[] {
  const steps: string[] = [];
  const lines = Array.from(tree.matchAll(/^([│ ]*)[├└]── (\S*) \(/gm));
  const paths = lines.map(([, indent = '', step = '']) => {
    steps.splice(indent.length / 4, Infinity, step);
    return steps.join('').replaceAll(/:(\w+)/g, '{$1}');
  });
  return paths.filter((path) => !/^\/(docs|openapi\.json)/.test(path));
}

function typeOf(asset: string): string {
  return asset.endsWith('.css') ? 'text/css' : asset.endsWith('.png') ? 'image/png' : 'javascript';
}
