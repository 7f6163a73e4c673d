/** A moment of a log. */
export interface LogTime {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The log knew it finer than to the millisecond, which is what the database keeps. */
  readonly shortened: boolean;
}

const TIME = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):?(\d\d))$/;

/**
 * Reads a time with its offset from UTC, as in RFC 3339; a blank for the T and an offset without its colon will do.
 * JavaScript alone would guess: at a time zone where there is none, and that February 31st is March 3rd.
 *
 * @returns undefined where it is none
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
