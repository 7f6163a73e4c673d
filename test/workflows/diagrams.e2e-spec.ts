import { randomUUID } from 'node:crypto';
import { SaxesParser } from 'saxes';
import { startTestApp, type TestApp } from '../../testkit/app';
import { createTicket, moveAlong } from '../../testkit/tickets';
import { CHORES, defineWorkflow } from '../../testkit/workflows';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  await defineWorkflow(app);
});
afterAll(() => app.close());

/** Returns the type and the text of a diagram. */
async function draw(path: string): Promise<{ type: string; text: string }> {
  const { headers, body, text } = await app.api.get(`/api/v1/${path}`).expect(200);
  return { type: headers['content-type']!, text: text ?? (body as Buffer).toString() };
}

/** Returns the text of an SVG. Throws if it is not well-formed XML. */
function textOf(svg: string): string {
  const texts: string[] = [];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('text', (text) => texts.push(text));
  parser.write(svg).close();
  return texts.join(' ');
}

describe('GET /workflows/:key/diagram', () => {
  it('returns a workflow with all its phases, as SVG by default', async () => {
    const { type, text } = await draw('workflows/chores/diagram');
    expect(type).toBe('image/svg+xml; charset=utf-8');
    for (const { id, title = id } of CHORES.phases) expect(textOf(text)).toContain(title);
    expect(await draw('workflows/chores/diagram?format=svg')).toEqual({ type, text });
  });

  it('returns Mermaid text with format=mermaid', async () => {
    const { type, text } = await draw('workflows/chores/diagram?format=mermaid');
    expect(type).toBe('text/plain; charset=utf-8');
    for (const title of ['open', 'Looked at', 'doing', 'auf Eis #129482;', 'done', 'dropped']) {
      expect(text).toContain(title);
    }
  });

  it('returns the version in the query, or the newest version', async () => {
    const key = 'drawn';
    await defineWorkflow(app, { ...CHORES, key, title: 'First of all' });
    await defineWorkflow(app, { ...CHORES, key, title: 'Second to none' });
    expect(textOf((await draw(`workflows/${key}/diagram`)).text)).toContain('Second to none');
    expect(textOf((await draw(`workflows/${key}/diagram?version=1`)).text)).toContain('First of all');
  });

  it('returns 422 for an SVG diagram of more than 120 edges, and its Mermaid text', async () => {
    const ids = Array.from({ length: 200 }, (_, i) => `phase ${i}`);
    const transitions = ids.flatMap((from, i) =>
      Array.from({ length: 25 }, (_, j) => ({ from, to: ids[(i + j + 1) % ids.length] })),
    );
    const phases = ids.map((id, i) => ({ id, category: i === ids.length - 1 ? 'done' : 'active' }));
    await defineWorkflow(app, { key: 'large', title: 'Large', initial: [ids[0]], phases, transitions });
    const { id } = await createTicket(app, { title: 'x', workflow: 'large' });
    for (const path of ['workflows/large/diagram', `tickets/${id}/diagram?format=svg`]) {
      const { status, body } = await app.api.get(`/api/v1/${path}`);
      expect([status, body]).toEqual([
        422,
        expect.objectContaining({
          code: 'diagram_too_large',
          detail: 'The diagram has 5000 edges; an SVG diagram has at most 120. Use `format=mermaid`.',
        }),
      ]);
    }
    expect((await draw('workflows/large/diagram?format=mermaid')).text).toContain('phase 199');
    expect((await draw(`tickets/${id}/diagram?format=mermaid`)).text).toContain('×1');
  });

  it('returns 404 for an unknown workflow or version, and 400 for an unknown format', async () => {
    const answers = ['workflows/nothing/diagram', 'workflows/chores/diagram?version=99'].map((path) =>
      app.api.get(`/api/v1/${path}`),
    );
    for (const { status, body } of await Promise.all(answers)) {
      expect([status, body.code]).toEqual([404, 'workflow_not_found']);
    }
    const { body } = await app.api.get('/api/v1/workflows/chores/diagram?format=png');
    expect(body.errors).toMatchObject([{ in: 'query', pointer: '/format' }]);
  });
});

describe('GET /tickets/:id/diagram', () => {
  it('marks the path that the ticket took, with counts', async () => {
    const { id } = await createTicket(app, { title: 'x', phase_id: 'IMPLEMENTATION' });
    await moveAlong(app, id, 'TESTING', 'IMPLEMENTATION', 'TESTING', 'IMPLEMENTATION', 'TESTING');
    const { type, text } = await draw(`tickets/${id}/diagram`);
    expect(type).toBe('image/svg+xml; charset=utf-8');
    const plain = textOf((await draw('workflows/sdlc/diagram')).text);
    expect(textOf(text)).toContain('×3');
    expect(plain).not.toContain('×');
    expect((await draw(`tickets/${id}/diagram?format=mermaid`)).text).toContain('×3');
  });

  it('returns the workflow version of the ticket', async () => {
    const { id } = await createTicket(app, { title: 'x', workflow: 'chores' });
    expect(textOf((await draw(`tickets/${id}/diagram`)).text)).toContain('Looked at');
  });

  it('returns 404 for an unknown ticket', async () => {
    const { status, body } = await app.api.get(`/api/v1/tickets/${randomUUID()}/diagram`);
    expect([status, body.code]).toEqual([404, 'ticket_not_found']);
  });
});
