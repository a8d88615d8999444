/** Go's zero time, as seconds: what lists have for "never". */
export const neverSeconds = -62135596800;

const never = '0001-01-01T00:00:00Z';

/** RFC 3339 with nanoseconds, or Go's zero time. */
export function timestamp(ms: number | undefined): string {
  if (ms === undefined) return never;
  return new Date(ms).toISOString().replace(/Z$/, '000001Z');
}

export function seconds(ms: number | undefined): number {
  return ms === undefined ? neverSeconds : Math.floor(ms / 1000);
}
