import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The stored response to a request with an `Idempotency-Key`, written in the transaction of the request's effect. */
@Entity('idempotency_keys')
@Index('idempotency_keys_created_at_idx', ['createdAt'])
export class IdempotencyRecord {
  /** The id of the caller's API key, or `anonymous`. */
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
