import fc from 'fast-check';
import { SDLC } from '../../machine/sdlc';
import { PHASE_CATEGORIES } from '../../machine/compiled-workflow';
import { completeWorkflow, type CompleteWorkflow } from '../../machine/workflow';
import { mermaidText, toMermaid } from './mermaid';
import { PathTaken } from './path-taken';

/** Returns the text that Mermaid shows for a label. */
function decodeLabel(label: string): string {
  return label.replace(/#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}

/** Returns a workflow in which each phase leads to the next, and the last to the first. */
function ring(ids: readonly string[]): CompleteWorkflow {
  const phases = ids.map((id, place) => ({ id, category: PHASE_CATEGORIES[place % 4]! }));
  const transitions = ids.map((from, place) => ({ from, to: ids[(place + 1) % ids.length]! }));
  return completeWorkflow({ key: 'ring', title: ids.join(' '), initial: ids.slice(0, 1), phases, transitions });
}

describe('toMermaid', () => {
  it('draws the built-in workflow', () => {
    expect(toMermaid(SDLC).split('\n')).toEqual([
      'flowchart TD',
      'accTitle: Software development life cycle',
      '%% ▶ initial phase, ■ terminal phase',
      'p0["▶ BACKLOG"]',
      'p1("▶ REQUIREMENTS")',
      'p2("▶ DESIGN")',
      'p3("▶ IMPLEMENTATION")',
      'p4("▶ TESTING")',
      'p5("▶ DEPLOYMENT")',
      'p6(["▶ DONE ■"])',
      'p7{{"BLOCKED"}}',
      'p0 --> p1',
      'p0 <-.->|"block / resume"| p7',
      'p1 --> p2',
      'p1 <-.->|"block / resume"| p7',
      'p2 --> p3',
      'p2 <-.->|"block / resume"| p7',
      'p3 --> p4',
      'p3 <-.->|"block / resume"| p7',
      'p4 --> p5',
      'p4 -->|"regression"| p3',
      'p4 <-.->|"block / resume"| p7',
      'p5 --> p6',
      'p5 <-.->|"block / resume"| p7',
      'classDef todo fill:#f6f8fa,stroke:#818b98,color:#1f2328',
      'class p0 todo',
      'classDef active fill:#ddf4ff,stroke:#0969da,color:#1f2328',
      'class p1,p2,p3,p4,p5 active',
      'classDef waiting fill:#fff8c5,stroke:#9a6700,color:#1f2328',
      'class p7 waiting',
      'classDef done fill:#dafbe1,stroke:#1a7f37,color:#1f2328',
      'class p6 done',
      'linkStyle 0,2,4,6,8,11 stroke:#7d8590',
      'linkStyle 9 stroke:#e5534b',
      'linkStyle 1,3,5,7,10,12 stroke:#bb8009',
      '',
    ]);
  });

  it('marks the path that a ticket took, with counts', () => {
    const path = new PathTaken('BACKLOG', 'BACKLOG', [
      { from: 'BACKLOG', to: 'BLOCKED', count: 2 },
      { from: 'BLOCKED', to: 'BACKLOG', count: 2 },
    ]);
    const lines = toMermaid(SDLC, path).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'p0["▶ BACKLOG ×3"]',
        'p1("▶ REQUIREMENTS")',
        'p7{{"BLOCKED ×2"}}',
        'p0 <-.->|"block / resume, ×2 / ×2"| p7',
        'p1 <-.->|"block / resume"| p7',
        'class p1,p2,p3,p4,p5,p6 unvisited',
        'class p0,p7 visited',
        'class p0 current',
        'linkStyle 1 stroke:#bb8009,stroke-width:4px',
        'linkStyle 0,2,4,6,8,11 stroke:#7d8590,opacity:0.5',
      ]),
    );
  });

  it('labels edges with requirements', () => {
    const needy = { from: 'a', to: 'b', requires: ['reason', 'artifacts'] as const };
    const workflow = completeWorkflow({ ...ring(['a', 'b']), transitions: [needy] });
    expect(toMermaid(workflow)).toContain('p0 -->|"reason #43; artifacts"| p1\n');
  });

  it.each([
    ['-100 (unknown code)', '#45;100 #40;unknown code#41;'],
    ['"]; click p0 "javascript:x', '#34;#93;#59; click p0 #34;javascript#58;x'],
    ['`**bold**`', '#96;#42;#42;bold#42;#42;#96;'],
    ['<script>', '#60;script#62;'],
    ['1. list', '1#46; list'],
    ['#quot;', '#35;quot#59;'],
    ['%%{init: {}}%%', '#37;#37;#123;init#58; #123;#125;#125;#37;#37;'],
    ['fa:fa-user', 'fa#58;fa#45;user'],
    ['end', 'end'],
    ['__proto__', '#95;#95;proto#95;#95;'],
    ['two\nlines', 'two lines'],
    ['日本語 🐢', '日本語 #128034;'],
    [' ', '#160;'],
    ['\uD800', '#65533;'],
  ])('escapes %j as %s', (text, label) => {
    expect(mermaidText(text)).toBe(label);
  });

  // The whole grammar in use: no title can leave its quotes or become syntax within them.
  const LABEL = String.raw`(?:[\p{L}\p{M}\p{N} ,/×▶■]|#\d+;)+`;
  const LINE = new RegExp(
    [
      '^flowchart TD$|^$|^%% [^%]+$',
      `^accTitle: ${LABEL}$`,
      String.raw`^p\d+(?:\["${LABEL}"\]|\("${LABEL}"\)|\{\{"${LABEL}"\}\}|\(\["${LABEL}"\]\))$`,
      String.raw`^p\d+ <?(?:-->|-\.->)(?:\|"${LABEL}"\|)? p\d+$`,
      String.raw`^classDef [a-z]+ [a-z0-9#:,.-]+$|^class p[p\d,]+ [a-z]+$|^linkStyle [\d,]+ [a-z0-9#:,.-]+$`,
    ].join('|'),
    'u',
  );

  it('escapes every phase title and draws every phase, for any titles', () => {
    const id = fc.string({ unit: 'binary', minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(fc.uniqueArray(id, { minLength: 3, maxLength: 8 }), (ids) => {
        const lines = toMermaid(ring(ids)).split('\n');
        for (const line of lines) expect(line).toMatch(LINE);
        const drawn = lines.flatMap((line) => /^p\d+[[({]+"(.*)"/u.exec(line)?.[1] ?? []);
        const seen = drawn.map((label) => decodeLabel(label).replace(/^▶ /, ''));
        expect(seen).toEqual(
          ids.map(
            (text) =>
              text
                .toWellFormed()
                .replace(/[\s\p{Control}]+/gu, ' ')
                .trim() || '\u00A0',
          ),
        );
        expect(lines.filter((line) => line.includes('->'))).toHaveLength(ids.length);
      }),
    );
  });
});
