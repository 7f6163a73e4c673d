/** What the attacks may count on. */
export const FEATURES = {
  /** `Idempotency-Key` on every command. */
  idempotencyKeys: false,
  /** `If-Match`, `expected_version`, `expected_phase`. */
  preconditions: false,
} as const;
