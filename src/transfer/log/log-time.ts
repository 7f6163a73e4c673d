/** A time of a log. */
export interface LogTime {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** True when the log has a finer precision than the millisecond of the database. */
  readonly shortened: boolean;
}

const TIME = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):?(\d\d))$/;

/**
 * Parses a time with a UTC offset, as in RFC 3339. A space instead of the T and an offset without a colon are accepted.
 * `Date.parse` is not sufficient: it assumes a time zone when there is none, and reads February 31 as March 3.
 *
 * @returns undefined when the text is not a time
 */
export function readTime(text: string): LogTime | undefined {
  const [, date, hour, minute, second, fraction = '', sign, offsetHours = '0', offsetMinutes = '0'] =
    TIME.exec(text) ?? [];
  if (date === undefined || !isDay(date)) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  if (Number(offsetHours) > 23 || Number(offsetMinutes) > 59) return undefined;
  const offset = (sign === '-' ? -1 : 1) * (Number(offsetHours) * 60 + Number(offsetMinutes));
  const minutes = Number(hour) * 60 + Number(minute) - offset;
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, '0'));
  return {
    at: Date.parse(`${date}T00:00:00Z`) + minutes * 60_000 + Number(second) * 1_000 + milliseconds,
    shortened: /[1-9]/.test(fraction.slice(3)),
  };
}

function isDay(date: string): boolean {
  const midnight = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date);
}
