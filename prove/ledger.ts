import { CLAIM_NAMES, CLAIMS, type ClaimClass, type ClaimName } from './claims';

/** Violations of one claim that are told in full; all of them are counted. */
const TOLD = 5;

/** What became of one claim. */
export interface Entry {
  attempts: number;
  violations: number;
  /** The first violations, in words. */
  readonly told: string[];
}

/** How often each claim was put to the test, and how often it did not hold. */
export class Ledger {
  private readonly entries = new Map<ClaimName, Entry>(
    CLAIM_NAMES.map((name) => [name, { attempts: 0, violations: 0, told: [] }]),
  );

  /** Puts a claim to the test once, or as often as said. */
  attempt(claim: ClaimName, times = 1): void {
    this.of(claim).attempts += times;
  }

  violate(claim: ClaimName, what: string): void {
    const entry = this.of(claim);
    entry.violations++;
    if (entry.told.length < TOLD) entry.told.push(what);
  }

  /** One attempt, and a violation when any fault was found. */
  judge(claim: ClaimName, faults: readonly string[]): void {
    this.attempt(claim);
    if (faults.length > 0) this.violate(claim, faults.join('; '));
  }

  of(claim: ClaimName): Entry {
    return this.entries.get(claim)!;
  }

  /** Violations of all claims of a class. */
  violationsOf(by: ClaimClass): number {
    return CLAIM_NAMES.filter((name) => CLAIMS[name].by === by).reduce(
      (sum, name) => sum + this.of(name).violations,
      0,
    );
  }
}
