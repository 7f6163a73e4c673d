import { OneOf, VersionNumber } from '../../http/validation/fields';

/** How a workflow is drawn: a picture, or text that Mermaid draws. */
export const DIAGRAM_FORMATS = ['svg', 'mermaid'] as const;
export type DiagramFormat = (typeof DIAGRAM_FORMATS)[number];

export class DiagramQueryDto {
  @OneOf({
    values: DIAGRAM_FORMATS,
    optional: true,
    default: 'svg',
    description: '`svg`: a picture. `mermaid`: text that Mermaid draws, as in Markdown.',
  })
  format?: DiagramFormat;
}

export class WorkflowDiagramQueryDto extends DiagramQueryDto {
  @VersionNumber({ optional: true, description: 'Which version; the newest where it is left out.' })
  version?: number;
}

const TYPES: Readonly<Record<DiagramFormat, string>> = {
  svg: 'image/svg+xml; charset=utf-8',
  mermaid: 'text/plain; charset=utf-8',
};

/** What a diagram is sent with. A picture that is opened on its own has its own style, and nothing else. */
export function diagramHeaders(format: DiagramFormat): Record<string, string> {
  return {
    'content-type': TYPES[format],
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  };
}

/** The answer with a diagram, for its documentation. */
export const DIAGRAM_ANSWER = {
  description: 'The diagram.',
  content: { 'image/svg+xml': { schema: { type: 'string' } }, 'text/plain': { schema: { type: 'string' } } },
} as const;
