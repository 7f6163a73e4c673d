/** The ways in which an installation is attacked, in their order. */
export const ATTACK_NAMES = ['races', 'model', 'crash', 'input'] as const;

export type AttackName = (typeof ATTACK_NAMES)[number];

/** A claim belongs to the attack that tries to refute it; `audit` looks at what all of them left behind. */
export type ClaimClass = AttackName | 'audit';

interface Claim {
  readonly by: ClaimClass;
  readonly text: string;
}

/** What Phaseline claims of itself, in the order of the report. */
export const CLAIMS = {
  equalMoves: { by: 'races', text: 'Of equal moves at once, one is made' },
  opposingMoves: { by: 'races', text: 'Of opposing moves at once, one is made' },
  oneChain: { by: 'races', text: 'Moves at once become one chain, each as it was answered' },
  editsKept: { by: 'races', text: 'Of edits and moves at once, none is lost' },
  archivedRests: { by: 'races', text: 'Nothing moves once it is archived' },
  wholeOrNot: { by: 'races', text: 'An atomic request is made whole or not at all' },
  onceAtOnce: { by: 'races', text: 'Equal requests at once with one Idempotency-Key take effect once' },
  answers: { by: 'model', text: 'Every answer is the one that the model gives' },
  wholeDatabase: { by: 'model', text: 'Every row is the one that the model has' },
  keptByApplication: { by: 'crash', text: 'kill -9 of the application: what was acknowledged is there' },
  keptByDatabase: { by: 'crash', text: 'kill -9 of PostgreSQL: what was acknowledged is there' },
  noHalfMove: { by: 'crash', text: 'No move is half made, and every chain is whole' },
  backByItself: { by: 'crash', text: 'The service is back by itself within 30 seconds' },
  onceInTheEnd: { by: 'crash', text: 'Retries with one Idempotency-Key take effect once' },
  noServerError: { by: 'input', text: 'No input is answered with 5xx' },
  documented: { by: 'input', text: 'No answer is outside the OpenAPI document' },
  notAccepted: { by: 'input', text: 'No input that the document forbids is accepted' },
  refusalsChangeNothing: { by: 'input', text: 'No refused request changes a row' },
  sound: { by: 'audit', text: 'The audit finds every ticket and workflow sound' },
} as const satisfies Record<string, Claim>;

export type ClaimName = keyof typeof CLAIMS;

export const CLAIM_NAMES = Object.keys(CLAIMS) as ClaimName[];
