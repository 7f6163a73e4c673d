import { ApiProperty } from '@nestjs/swagger';
import type { ApiKey } from './api-key.entity';
import { ACTOR_KINDS, ROLES, type Role } from './caller';
import { OneOf, Text, Time } from '../http/validation/fields';
import { PROJECT_KEY } from './project.dto';

/** ASCII without surrounding spaces, because look-alike characters could make two actors look the same. */
const KEY_NAME = { max: 100, pattern: /^[A-Za-z0-9](?:[A-Za-z0-9 ._@+:-]*[A-Za-z0-9])?$/ } as const;

const HOLDER_KINDS = ACTOR_KINDS.filter((kind) => kind !== 'system');

const ABOUT = {
  name: 'The name of the actor that uses the key, as recorded in histories. Unique regardless of case, and never reused.',
  actorKind: 'The kind of actor that uses the key.',
  role: 'The permissions of the key. `viewer` reads. `worker` also creates, edits and moves tickets. `admin` does everything.',
  project: 'The key of the project that the API key is limited to. `null` for all projects.',
  expiresAt: 'When the key expires. `null` if it does not expire.',
} as const;

export class CreateApiKeyDto {
  @Text({ ...KEY_NAME, description: ABOUT.name, example: 'agent-7' })
  name: string;

  @OneOf({ values: HOLDER_KINDS, description: ABOUT.actorKind, example: 'agent' })
  actor_kind: ApiKey['actorKind'];

  @OneOf({ values: ROLES, description: ABOUT.role, example: 'worker' })
  role: Role;

  @Text({
    ...PROJECT_KEY,
    optional: true,
    description:
      'The key of the project that the API key is limited to. Defaults to the project of the caller: a caller that is ' +
      'limited to a project creates keys for that project only. Otherwise, the key has access to all projects.',
  })
  project?: string;

  @Time({ optional: true, description: ABOUT.expiresAt })
  expires_at?: string;
}

const TIME = { type: String, format: 'date-time' };

export class ApiKeyDto {
  @ApiProperty({
    format: 'uuid',
    description: 'The unique identifier of the API key.',
    example: '0192f0c4-5d2e-7a4b-8c6f-9e1d3b5a7c90',
  })
  id: string;

  @ApiProperty({ description: ABOUT.name, example: 'agent-7' })
  name: string;

  @ApiProperty({ description: 'The first characters of the key. The rest is not stored.', example: 'pl_7Gq2xW0b' })
  prefix: string;

  @ApiProperty({ enum: HOLDER_KINDS, description: ABOUT.actorKind, example: 'agent' })
  actor_kind: ApiKey['actorKind'];

  @ApiProperty({ enum: ROLES, description: ABOUT.role, example: 'worker' })
  role: Role;

  @ApiProperty({ type: String, nullable: true, description: ABOUT.project, example: 'default' })
  project: string | null;

  @ApiProperty({ ...TIME, description: 'When the key was created.', example: '2026-11-18T08:00:00.000Z' })
  created_at: Date;

  @ApiProperty({ ...TIME, nullable: true, description: ABOUT.expiresAt, example: '2099-12-31T23:00:00.000Z' })
  expires_at: Date | null;

  @ApiProperty({
    ...TIME,
    nullable: true,
    description: 'When the key was revoked. `null` if it is active.',
    example: null,
  })
  revoked_at: Date | null;

  @ApiProperty({
    ...TIME,
    nullable: true,
    description: 'When the key was last used, to within a minute. `null` if it was never used.',
    example: '2026-11-20T09:30:00.000Z',
  })
  last_used_at: Date | null;
}

export class CreatedApiKeyDto extends ApiKeyDto {
  @ApiProperty({
    description: 'The secret key. It is returned only once: the server stores nothing but its SHA-256.',
    example: 'pl_7Gq2xW0bT1nVfJc9sKdLm4RzYhQeXaUo3iPgB6wCt8E',
  })
  key: string;
}

/** @param project the key of the project that the API key is limited to */
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
