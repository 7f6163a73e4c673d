import { OneOf, WholeNumber } from '../../http/fields';

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
  @WholeNumber({
    min: 1,
    max: 2 ** 31 - 1,
    optional: true,
    description: 'Which version; the newest where it is left out.',
  })
  version?: number;
}

/** What a diagram is sent as, by its format. */
export const DIAGRAM_TYPES: Readonly<Record<DiagramFormat, string>> = {
  svg: 'image/svg+xml; charset=utf-8',
  mermaid: 'text/plain; charset=utf-8',
};

/** The answer with a diagram, for its documentation. */
export const DIAGRAM_ANSWER = {
  description: 'The diagram.',
  content: { 'image/svg+xml': { schema: { type: 'string' } }, 'text/plain': { schema: { type: 'string' } } },
} as const;
