/** The attacks, in the order in which they run. */
export const ATTACK_NAMES = ['races', 'model', 'crash', 'input', 'failover', 'sql', 'shutdown'] as const;

export type AttackName = (typeof ATTACK_NAMES)[number];

/** A property belongs to the attack that tries to violate it. `audit` checks the databases that all attacks leave. */
export type PropertyGroup = AttackName | 'audit';

interface Property {
  readonly group: PropertyGroup;
  readonly text: string;
}

/** Phaseline's properties, in the order of the report. */
export const PROPERTIES = {
  equalMoves: { group: 'races', text: 'One of several equal, concurrent transitions succeeds' },
  opposingMoves: { group: 'races', text: 'One of two opposing, concurrent transitions succeeds' },
  oneChain: { group: 'races', text: 'Concurrent transitions form one chain that matches their responses' },
  editsKept: { group: 'races', text: 'Concurrent edits and transitions are all kept' },
  archivedRests: { group: 'races', text: 'No transition succeeds after the ticket is archived' },
  wholeOrNot: { group: 'races', text: 'An atomic bulk request succeeds completely or changes nothing' },
  onceAtOnce: { group: 'races', text: 'Concurrent requests with one Idempotency-Key take effect once' },
  answers: { group: 'model', text: "Every response equals the model's" },
  wholeDatabase: { group: 'model', text: "Every row equals the model's" },
  keptByApplication: { group: 'crash', text: 'After kill -9 of the server, every acknowledged transition is present' },
  keptByDatabase: { group: 'crash', text: 'After kill -9 of PostgreSQL, every acknowledged transition is present' },
  noHalfMove: { group: 'crash', text: 'After a crash, every history is complete and matches its ticket' },
  backByItself: { group: 'crash', text: 'The service recovers from a crash within 30 seconds' },
  onceInTheEnd: { group: 'crash', text: 'Retries with one Idempotency-Key across a crash take effect once' },
  noServerError: { group: 'input', text: 'No input causes a 5xx response' },
  documented: { group: 'input', text: 'Every response conforms to the OpenAPI document' },
  notAccepted: { group: 'input', text: 'No input that the OpenAPI document forbids is accepted' },
  refusalsChangeNothing: { group: 'input', text: 'No rejected request changes a row' },
  keptByStandby: {
    group: 'failover',
    text: 'After a fail-over to the synchronous standby, every acknowledged transition is present',
  },
  wholeOnStandby: { group: 'failover', text: 'After a fail-over, every history is complete and matches its ticket' },
  continues: { group: 'failover', text: 'The server continues on the promoted standby within 30 seconds' },
  sqlRefused: { group: 'sql', text: 'A role with DML rights cannot break an invariant with SQL' },
  answeredBeforeStop: { group: 'shutdown', text: 'Every request that arrived before SIGTERM is answered' },
  stopsInTime: { group: 'shutdown', text: 'A server stops with exit code 0 within 10 seconds under load' },
  sound: { group: 'audit', text: 'The audit finds no error in any ticket or workflow' },
} as const satisfies Record<string, Property>;

export type PropertyName = keyof typeof PROPERTIES;

export const PROPERTY_NAMES = Object.keys(PROPERTIES) as PropertyName[];

/** Violations of one property that are described. All are counted. */
const MAX_EXAMPLES = 5;

/** The checks of one property. */
export interface PropertyResult {
  attempts: number;
  violations: number;
  /** Descriptions of the first violations. */
  readonly examples: string[];
}

/** Counts the checks and the violations of each property. */
export class PropertyResults {
  private readonly results = new Map<PropertyName, PropertyResult>();

  /** Records checks. */
  attempt(property: PropertyName, times = 1): void {
    this.of(property).attempts += times;
  }

  violate(property: PropertyName, description: string): void {
    const result = this.of(property);
    result.violations++;
    if (result.examples.length < MAX_EXAMPLES) result.examples.push(description);
  }

  /** Records one check, and a violation when any error was found. */
  check(property: PropertyName, errors: readonly string[]): void {
    this.attempt(property);
    if (errors.length > 0) this.violate(property, errors.join('; '));
  }

  of(property: PropertyName): PropertyResult {
    const result = this.results.get(property) ?? { attempts: 0, violations: 0, examples: [] };
    this.results.set(property, result);
    return result;
  }

  /** Returns the violations of all properties of a group. */
  violationsOf(group: PropertyGroup): number {
    const names = PROPERTY_NAMES.filter((name) => PROPERTIES[name].group === group);
    return names.reduce((sum, name) => sum + this.of(name).violations, 0);
  }
}
