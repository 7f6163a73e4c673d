import { OneOf, VersionNumber } from '../../http/validation/fields';

/** The formats of a diagram: a picture, or the source text of a Mermaid diagram. */
export const DIAGRAM_FORMATS = ['svg', 'mermaid'] as const;
export type DiagramFormat = (typeof DIAGRAM_FORMATS)[number];

export class DiagramQueryDto {
  @OneOf({
    values: DIAGRAM_FORMATS,
    optional: true,
    default: 'svg',
    description: '`svg` returns a picture. `mermaid` returns Mermaid source, for example for Markdown.',
  })
  format?: DiagramFormat;
}

export class WorkflowDiagramQueryDto extends DiagramQueryDto {
  @VersionNumber({ optional: true, description: 'The version of the workflow. Defaults to the latest version.' })
  version?: number;
}

const TYPES: Readonly<Record<DiagramFormat, string>> = {
  svg: 'image/svg+xml; charset=utf-8',
  mermaid: 'text/plain; charset=utf-8',
};

/** Returns the headers of a diagram. A picture that a browser opens on its own may load nothing but its own style. */
export function diagramHeaders(format: DiagramFormat): Record<string, string> {
  return {
    'content-type': TYPES[format],
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  };
}

/** The response of endpoints that return a diagram. */
export const DIAGRAM_ANSWER = {
  description: 'The diagram.',
  content: { 'image/svg+xml': { schema: { type: 'string' } }, 'text/plain': { schema: { type: 'string' } } },
} as const;
