/** Something that the server chooses: the model takes over what it is first told, and holds it to that. */
export class Learned {
  value?: string;

  private constructor(
    private readonly pattern: RegExp,
    /** A time that this one is not before. */
    private readonly notBefore?: Learned,
  ) {}

  static id(): Learned {
    return new Learned(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  }

  static time(notBefore?: Learned): Learned {
    return new Learned(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, notBefore);
  }

  /** Whether this is what it was told before; the first time, whether it can be. */
  accepts(value: unknown): boolean {
    if (this.value !== undefined) return value === this.value;
    if (typeof value !== 'string' || !this.pattern.test(value)) return false;
    this.value = value;
    return this.notBefore?.value === undefined || value >= this.notBefore.value;
  }

  toJSON(): string {
    return this.value ?? 'not known yet';
  }
}

/** Says what is wrong with a value; undefined: nothing. */
export type Check = (value: unknown) => string | undefined;

/**
 * Holds a value against what the model expects: a `Learned`, a `Check`, or the same value, to the last member.
 *
 * @returns what is different, and where
 */
export function differences(expected: unknown, actual: unknown, where = ''): string[] {
  if (expected instanceof Learned) return expected.accepts(actual) ? [] : [told(where, expected, actual)];
  if (typeof expected === 'function') {
    const fault = (expected as Check)(actual);
    return fault === undefined ? [] : [`${where || '/'} ${fault}; got ${JSON.stringify(actual)}`];
  }
  if (!isObject(expected) || !isObject(actual) || Array.isArray(expected) !== Array.isArray(actual)) {
    return expected === actual ? [] : [told(where, expected, actual)];
  }
  const names = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  return [...names].flatMap((name) => differences(expected[name], actual[name], `${where}/${name}`));
}

function told(where: string, expected: unknown, actual: unknown): string {
  return `${where || '/'} should be ${JSON.stringify(expected)} and is ${JSON.stringify(actual)}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
