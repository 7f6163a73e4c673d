import type { QueryConfig, QueryResult } from 'pg';
import type { Reader } from '../../database/reader';
import { scopedKey, type IdempotencyKey } from '../../idempotency/idempotency-key';
import {
  insertRecords,
  lockKeys,
  outcomesOfKeys,
  readRecords,
  type NewRecord,
  type RecordRow,
} from '../../idempotency/idempotency-record.statements';
import type { DecidedTransition } from '../transition';
import type { Participant, ParticipantFacts, TransitionBatch, TransitionPlan } from './participant';

/** Locks the idempotency keys of a batch, replays stored responses and stores new ones with the transitions. */
export class IdempotencyParticipant implements Participant {
  read(batch: TransitionBatch): QueryConfig[] {
    const keys = keysOf(batch);
    return keys.length === 0 ? [] : [lockKeys(keys), readRecords(keys)];
  }

  facts(batch: TransitionBatch, [locked, records]: readonly QueryResult[]): ParticipantFacts {
    const rows = [locked?.rows ?? [], records?.rows ?? []] as [IdempotencyKey[], RecordRow[]];
    const outcomes = outcomesOfKeys(keysOf(batch), ...rows);
    return {
      batchOutcome: batch.recorder && outcomes.get(scopedKey(batch.recorder.key)),
      outcomeOf: ({ recorder }) => recorder && outcomes.get(scopedKey(recorder.key)),
    };
  }

  /** Rejections are stored later, in transactions of their own. */
  async write({ recorder }: TransitionBatch, { decided }: TransitionPlan, reader: Reader): Promise<QueryConfig[]> {
    const records: Promise<NewRecord>[] = [];
    for (const { request, decision } of decided) {
      if (request.recorder === undefined || decision instanceof Error || decision.kind !== 'moved') continue;
      records.push(request.recorder.record(decision, reader));
    }
    if (recorder !== undefined) records.push(recorder.record(decided as readonly DecidedTransition[], reader));
    return records.length === 0 ? [] : [insertRecords(await Promise.all(records))];
  }
}

function keysOf({ requests, recorder }: TransitionBatch): IdempotencyKey[] {
  const keys = recorder === undefined ? [] : [recorder.key];
  for (const request of requests) if (request.recorder !== undefined) keys.push(request.recorder.key);
  return keys;
}
