import { ApiProperty } from '@nestjs/swagger';
import { Text } from '../http/validation/fields';
import type { Project } from './project.entity';

export const PROJECT_KEY = { max: 50, pattern: /^[a-z0-9][a-z0-9._-]*$/ } as const;

export class CreateProjectDto {
  @Text({
    ...PROJECT_KEY,
    description: 'The key of the project, used in URLs and filters. Unique and immutable.',
    example: 'website',
  })
  key: string;

  @Text({ max: 200, description: 'The display name.', example: 'The new website' })
  title: string;
}

export class ProjectDto {
  @ApiProperty({
    format: 'uuid',
    description: 'The unique identifier of the project.',
    example: '0192f0c4-6a10-7c52-9d1e-5b8a7e4f2c31',
  })
  id: string;

  @ApiProperty({ description: 'The key of the project, used in URLs and filters.', example: 'website' })
  key: string;

  @ApiProperty({ description: 'The display name.', example: 'The new website' })
  title: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'When the project was created.',
    example: '2026-11-18T08:00:00.000Z',
  })
  created_at: Date;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When the project was archived. `null` if it is active.',
    example: null,
  })
  archived_at: Date | null;
}

export function toProjectDto(project: Project): ProjectDto {
  return {
    id: project.id,
    key: project.key,
    title: project.title,
    created_at: project.createdAt,
    archived_at: project.archivedAt,
  };
}
