import { bodySchema } from '../http/validation/body-schema';
import { WorkflowDefinitionDto } from './workflow-definition.dto';

/** The JSON Schema of a definition. It describes the shape; the linter reports definitions that cannot work. */
export const WORKFLOW_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:phaseline:schema:workflow',
  title: 'Workflow',
  description: 'Phases and the allowed transitions between them, as accepted by `POST /api/v1/workflows`.',
  ...bodySchema(WorkflowDefinitionDto),
} as const;
