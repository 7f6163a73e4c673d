/** Something that a suite needs and that a machine may lack. */
export interface Requirement {
  /** The name of its Debian package, where there is one. */
  readonly name: string;
  readonly present: boolean;
}

/**
 * Declares a suite where its requirement is present. Elsewhere the suite is skipped with a warning; it fails when
 * `FORBID_SKIPS`, a list of names separated by blanks, contains the requirement.
 */
export function describeWith({ name, present }: Requirement, title: string, declare: () => void): void {
  if (present) return describe(title, declare);
  const forbidden = process.env['FORBID_SKIPS']?.split(' ') ?? [];
  if (forbidden.includes(name)) {
    return describe(title, () => {
      it(`requires ${name}, and FORBID_SKIPS lists it`, () => expect(present).toBe(true));
    });
  }
  console.warn(`SKIPPED: ${title}, because ${name} is absent.`);
  describe.skip(`${title} (SKIPPED: ${name} is absent)`, declare);
}
