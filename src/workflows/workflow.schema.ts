import { bodySchema } from '../http/validation/body-schema';
import { WorkflowDefinitionDto } from './workflow-definition.dto';

/**
 * The JSON Schema of a definition, for editors and programs that write them. It says what a definition looks like; whether
 * it makes sense is the lint's to say.
 */
export const WORKFLOW_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:phaseline:schema:workflow',
  title: 'Workflow',
  description: 'A graph of phases and the legal moves between them, as `POST /api/v1/workflows` takes it.',
  ...bodySchema(WorkflowDefinitionDto),
} as const;
