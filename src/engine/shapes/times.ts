/**
 * A moment as engines write it, in milliseconds since the epoch: seconds (Docker lists, `StartedAt` in Podman's), or
 * RFC 3339 with nanoseconds (inspects, `Created` in Podman's lists). Go's zero time (year 1; -62135596800 s) means never.
 */
export function instant(value: unknown): number | undefined {
  const ms = typeof value === 'number' ? value * 1000 : typeof value === 'string' ? parse(value) : NaN;
  return Number.isFinite(ms) && ms > 0 ? Math.trunc(ms) : undefined;
}

/** Go's own format is not a date to JavaScript: `2026-11-23 07:26:17.852326962 +0000 UTC`. */
const go = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?) ([+-]\d\d)(\d\d)\b.*$/;

function parse(value: string): number {
  return Date.parse(value.replace(go, '$1T$2$3:$4'));
}
