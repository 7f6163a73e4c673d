import type { PipeTransform } from '@nestjs/common';
import { MAX_INTEGER } from '../database/storable';
import { unfitPath } from '../problems/validation';
import { PROJECT_KEY } from '../access/project.dto';

export const WORKFLOW_KEY = {
  name: 'key',
  description: 'The key of the workflow.',
  schema: {
    type: 'string',
    minLength: 1,
    maxLength: PROJECT_KEY.max,
    pattern: PROJECT_KEY.pattern.source,
    example: 'sdlc',
  },
} as const;

export const WORKFLOW_VERSION = {
  name: 'version',
  description: 'The version number.',
  schema: { type: 'integer', minimum: 1, maximum: MAX_INTEGER, example: 1 },
} as const;

/** Validates the key of a workflow in the path. */
export class KeyPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    if (value.length <= PROJECT_KEY.max && PROJECT_KEY.pattern.test(value)) return value;
    throw unfitPath(
      '/key',
      `a text of 1 to ${PROJECT_KEY.max} characters that matches ${PROJECT_KEY.pattern.source}`,
      value,
    );
  }
}

/** Validates the version of a workflow in the path. */
export class VersionPipe implements PipeTransform<string, number> {
  transform(value: string): number {
    const version = /^\d{1,10}$/.test(value) ? Number(value) : 0;
    if (version >= 1 && version <= MAX_INTEGER) return version;
    throw unfitPath('/version', `a whole number from 1 to ${MAX_INTEGER}`, value);
  }
}
