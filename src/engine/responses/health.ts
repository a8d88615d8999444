import type { Health, HealthCheck, HealthCheckResult } from '../../graph/model/model';
import { asArray, asNumber, asObject, asString, type JsonObject } from '../../graph/model/untrusted';
import { parseTimestamp } from './json';

/** Docker's defaults for durations of 0, in milliseconds; Podman's inspect reports the values in effect. */
const DEFAULT_INTERVAL = 30_000;
const DEFAULT_TIMEOUT = 30_000;
const DEFAULT_RETRIES = 3;
/** Characters of a check's output that are kept. */
const MAX_OUTPUT = 500;

/** A health state of either engine. `none`, an empty text and unknown values are undefined. */
export function parseHealth(value: unknown): Health | undefined {
  const word = asString(value).toLowerCase();
  return word === 'starting' || word === 'healthy' || word === 'unhealthy' ? word : undefined;
}

/**
 * The health in a list entry. Podman has it as `Status` (4.3 to 6.1), Docker at the end of the status text
 * (`Up 7 seconds (healthy)`, `(health: starting)`), since API 1.52 also as `Health`.
 */
export function parseListHealth(entry: JsonObject): Health | undefined {
  const status = asString(entry['Status']);
  const inText = /\((?:health: )?(\w+)\)$/.exec(status)?.[1];
  return parseHealth(asObject(entry['Health'])['Status']) ?? parseHealth(inText ?? status);
}

/** The health check of an inspect's `Config`; undefined if it has none, or `NONE`. Engines give nanoseconds. */
export function parseHealthCheck(config: JsonObject): HealthCheck | undefined {
  const check = asObject(config['Healthcheck']);
  const [kind] = asArray(check['Test']).map(asString);
  if (!kind || kind.toUpperCase() === 'NONE') return undefined;
  const duration = (name: string, fallback: number) => {
    const ms = (asNumber(check[name]) ?? 0) / 1e6;
    return ms > 0 ? ms : fallback;
  };
  const retries = asNumber(check['Retries']) ?? 0;
  return {
    interval: duration('Interval', DEFAULT_INTERVAL),
    timeout: duration('Timeout', DEFAULT_TIMEOUT),
    startPeriod: duration('StartPeriod', 0),
    retries: retries > 0 ? retries : DEFAULT_RETRIES,
  };
}

/** The `Health` of an inspect's `State`; Podman 4.3 also calls it `Healthcheck`. */
export function parseInspectHealth(state: JsonObject): {
  readonly health: Health | undefined;
  readonly lastCheck: HealthCheckResult | undefined;
} {
  const field = asObject(state['Health'] ?? state['Healthcheck']);
  const last = asObject(asArray(field['Log']).at(-1));
  const exitCode = asNumber(last['ExitCode']);
  return {
    health: parseHealth(field['Status']),
    lastCheck:
      exitCode === undefined
        ? undefined
        : { output: asString(last['Output']).trim().slice(0, MAX_OUTPUT), exitCode, at: parseTimestamp(last['End']) },
  };
}
