import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The answer to a request that carried an Idempotency-Key, written in the transaction of what the request did. */
@Entity('idempotency_keys')
@Index('idempotency_keys_created_at_idx', ['createdAt'])
export class IdempotencyKey {
  /** The id of the API key that asked, or `anonymous`. */
  @PrimaryColumn({ type: 'varchar', length: 64, primaryKeyConstraintName: 'idempotency_keys_pkey' })
  scope: string;

  @PrimaryColumn({ type: 'varchar', length: 255, primaryKeyConstraintName: 'idempotency_keys_pkey' })
  key: string;

  /** SHA-256 of method, path and body. */
  @Column({ type: 'bytea' })
  fingerprint: Buffer;

  @Column('smallint')
  status: number;

  @Column('jsonb')
  headers: Record<string, string>;

  @Column({ type: 'bytea' })
  body: Buffer;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'clock_timestamp()' })
  createdAt: Date;
}
