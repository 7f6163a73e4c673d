/** A ticket of the same source and id, as the database has it. Times are milliseconds since 1970. */
export interface StoredTicket {
  readonly id: string;
  readonly graphId: number;
  readonly initialPhase: string;
  readonly phase: string;
  readonly resumePhase: string | null;
  readonly title: string;
  readonly createdAt: number;
  /** Null where nobody knows any more. */
  readonly createdBy: string | null;
  readonly transitionCount: number;
  readonly version: number;
  readonly archived: boolean;
  /** Its first moves, at least as many of them as the log has. */
  readonly moves: readonly StoredMove[];
}

export interface StoredMove {
  readonly from: string;
  readonly to: string;
  readonly at: number;
  readonly by: string;
}
