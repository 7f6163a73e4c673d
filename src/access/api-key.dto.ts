import { ApiProperty } from '@nestjs/swagger';
import type { ApiKey } from './api-key.entity';
import { ACTOR_KINDS, ROLES, type Role } from './caller';
import { API_KEY_EVENT_TYPES, type ApiKeyEvent } from './api-key-event.entity';
import { OneOf, Text, Time, WholeNumber } from '../http/validation/fields';
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

  @Text({ ...PROJECT_KEY, optional: true, nullable: true, description: ABOUT.project })
  project?: string | null;

  @Time({ optional: true, nullable: true, description: ABOUT.expiresAt })
  expires_at?: string | null;
}

/** Bounds of `overlap_seconds`: at most 30 days, so that an old secret does not stay valid unnoticed. */
const OVERLAP = { min: 0, max: 2_592_000, default: 86_400 } as const;

export class RotateApiKeyDto {
  @WholeNumber({
    ...OVERLAP,
    optional: true,
    nullable: true,
    description: 'How long the replaced secret stays valid, in seconds. 0 ends it at once.',
  })
  overlap_seconds?: number | null;
}

export const DEFAULT_OVERLAP = OVERLAP.default;

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
    description: 'When the secret that the last rotation replaced expires. `null` if no secret was kept.',
    example: null,
  })
  previous_expires_at: Date | null;

  @ApiProperty({
    ...TIME,
    nullable: true,
    description: 'When the key was last used, to within a minute. `null` if it was never used.',
    example: '2026-11-20T09:30:00.000Z',
  })
  last_used_at: Date | null;
}

/** An API key with a new secret. */
export class IssuedApiKeyDto extends ApiKeyDto {
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
    previous_expires_at: key.previousExpiresAt,
    last_used_at: key.lastUsedAt,
  };
}

export class ApiKeyEventDto {
  @ApiProperty({ description: 'The unique identifier of the event.', example: 17 })
  id: number;

  @ApiProperty({ description: 'The name of the key.', example: 'agent-7' })
  name: string;

  @ApiProperty({ enum: API_KEY_EVENT_TYPES, description: 'What happened to the key.', example: 'rotated' })
  type: ApiKeyEvent['type'];

  @ApiProperty({ description: 'The name of the actor. `system` without authentication.', example: 'admin' })
  actor: string;

  @ApiProperty({ enum: ACTOR_KINDS, description: 'The kind of actor.', example: 'human' })
  actor_kind: ApiKeyEvent['actorKind'];

  @ApiProperty({ ...TIME, description: 'When it happened.', example: '2026-11-20T09:30:00.000Z' })
  at: Date;

  @ApiProperty({
    ...TIME,
    nullable: true,
    description: 'When the secret that a rotation replaced expires. `null` if it ended at once, and for other events.',
    example: '2026-11-21T09:30:00.000Z',
  })
  previous_expires_at: Date | null;
}

export function toApiKeyEventDto(event: ApiKeyEvent, { name }: ApiKey): ApiKeyEventDto {
  return {
    id: event.id,
    name,
    type: event.type,
    actor: event.actor,
    actor_kind: event.actorKind,
    at: event.at,
    previous_expires_at: event.previousExpiresAt,
  };
}
