/** A value that the server chooses. The model adopts the first one and requires it from then on. */
export class Learned {
  value?: string;

  private constructor(
    private readonly pattern: RegExp,
    /** A time that must not be later than this one. */
    private readonly notBefore?: Learned,
  ) {}

  static id(): Learned {
    return new Learned(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  }

  static time(notBefore?: Learned): Learned {
    return new Learned(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, notBefore);
  }

  /** Returns whether a value equals the adopted one. Adopts the first value that has the right form. */
  accepts(value: unknown): boolean {
    if (this.value !== undefined) return value === this.value;
    if (typeof value !== 'string' || !this.pattern.test(value)) return false;
    this.value = value;
    return this.notBefore?.value === undefined || value >= this.notBefore.value;
  }

  toJSON(): string {
    return this.value ?? 'unknown';
  }
}

/** Returns what is wrong with a value; undefined: nothing. */
export type Check = (value: unknown) => string | undefined;

/**
 * Compares a value with what the model expects: a `Learned`, a `Check`, or an equal value, in every member.
 *
 * @returns the differences, each with its location
 */
export function differences(expected: unknown, actual: unknown, where = ''): string[] {
  if (expected instanceof Learned) return expected.accepts(actual) ? [] : [difference(where, expected, actual)];
  if (typeof expected === 'function') {
    const problem = (expected as Check)(actual);
    return problem === undefined ? [] : [`${where || '/'} ${problem}; got ${JSON.stringify(actual)}`];
  }
  if (!isObject(expected) || !isObject(actual) || Array.isArray(expected) !== Array.isArray(actual)) {
    return expected === actual ? [] : [difference(where, expected, actual)];
  }
  const names = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  return [...names].flatMap((name) => differences(expected[name], actual[name], `${where}/${name}`));
}

function difference(where: string, expected: unknown, actual: unknown): string {
  return `${where || '/'} should be ${JSON.stringify(expected)} and is ${JSON.stringify(actual)}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
