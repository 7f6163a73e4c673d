/** The middle value; of an even number of values the mean of the two in the middle. NaN when there is none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return Number.isInteger(half) ? (sorted[half - 1]! + sorted[half]!) / 2 : sorted[Math.floor(half)]!;
}

/** The value that the given part of sorted values does not exceed (nearest rank). NaN when there is none. */
export function percentile(sorted: ArrayLike<number>, part: number): number {
  if (sorted.length === 0) return NaN;
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)]!;
}
