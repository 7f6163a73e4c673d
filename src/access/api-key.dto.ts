import { ApiProperty } from '@nestjs/swagger';
import type { ApiKey } from './api-key.entity';
import { ACTOR_KINDS, ROLES, type Role } from './caller';
import { OneOf, Text, Time } from '../http/validation/fields';
import { PROJECT_KEY } from './project.dto';

/** Letters that look alike must not make two actors look like one, so: ASCII, and no blanks around it. */
const KEY_NAME = { max: 100, pattern: /^[A-Za-z0-9](?:[A-Za-z0-9 ._@+:-]*[A-Za-z0-9])?$/ } as const;

const HOLDER_KINDS = ACTOR_KINDS.filter((kind) => kind !== 'system');

const ABOUT = {
  name: 'Who holds the key: what histories call him. Unique for ever, whatever the case of its letters.',
  actorKind: 'What kind of actor holds it.',
  role: 'What it may do, each including the one before: viewer reads; worker creates, edits and moves; admin all else.',
  project: 'The key of the only project that it sees; null: all.',
  expiresAt: 'When it ends by itself; null: never.',
} as const;

export class CreateApiKeyDto {
  @Text({ ...KEY_NAME, description: ABOUT.name, example: 'agent-7' })
  name: string;

  @OneOf({ values: HOLDER_KINDS, description: ABOUT.actorKind, example: 'agent' })
  actor_kind: ApiKey['actorKind'];

  @OneOf({ values: ROLES, description: ABOUT.role, example: 'worker' })
  role: Role;

  @Text({ ...PROJECT_KEY, optional: true, nullable: true, description: ABOUT.project, example: 'default' })
  project?: string | null;

  @Time({ optional: true, nullable: true, description: ABOUT.expiresAt, example: '2099-12-31T23:00:00Z' })
  expires_at?: string | null;
}

const TIME = { type: String, format: 'date-time' };

export class ApiKeyDto {
  @ApiProperty({ format: 'uuid', description: 'Never changes.', example: '0192f0c4-5d2e-7a4b-8c6f-9e1d3b5a7c90' })
  id: string;

  @ApiProperty({ description: ABOUT.name, example: 'agent-7' })
  name: string;

  @ApiProperty({ description: 'How the key begins. The rest is known to its holder alone.', example: 'pl_7Gq2xW0b' })
  prefix: string;

  @ApiProperty({ enum: HOLDER_KINDS, description: ABOUT.actorKind, example: 'agent' })
  actor_kind: ApiKey['actorKind'];

  @ApiProperty({ enum: ROLES, description: ABOUT.role, example: 'worker' })
  role: Role;

  @ApiProperty({ type: String, nullable: true, description: ABOUT.project, example: 'default' })
  project: string | null;

  @ApiProperty({ ...TIME, description: 'When it was created.', example: '2026-11-18T08:00:00.000Z' })
  created_at: Date;

  @ApiProperty({ ...TIME, nullable: true, description: ABOUT.expiresAt, example: '2099-12-31T23:00:00.000Z' })
  expires_at: Date | null;

  @ApiProperty({ ...TIME, nullable: true, description: 'When it was revoked; null: it was not.', example: null })
  revoked_at: Date | null;

  @ApiProperty({
    ...TIME,
    nullable: true,
    description: 'When it was last used, a minute more or less; null: never.',
    example: '2026-11-20T09:30:00.000Z',
  })
  last_used_at: Date | null;
}

export class CreatedApiKeyDto extends ApiKeyDto {
  @ApiProperty({
    description: 'The key itself. It is shown now and never again: only its SHA-256 is kept.',
    example: 'pl_7Gq2xW0bT1nVfJc9sKdLm4RzYhQeXaUo3iPgB6wCt8E',
  })
  key: string;
}

/** @param project the key of the project that it is bound to */
export function toApiKeyDto(key: ApiKey, project: string | null): ApiKeyDto {
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    actor_kind: key.actorKind,
    role: key.role,
    project,
    created_at: key.createdAt,
    expires_at: key.expiresAt,
    revoked_at: key.revokedAt,
    last_used_at: key.lastUsedAt,
  };
}
