import type { DemoEvent } from '../events';
import type { Core } from '../core';
import { eventLine } from '../shapes/event';
import { engineInfo, versionInfo } from '../shapes/system';
import { filtersOf, hasLabels, ok, route } from './route';
import type { Answer, Call, Route } from './route';

export const systemRoutes: Route[] = [
  route('GET', '/_ping', ping, true),
  route('HEAD', '/_ping', ping, true),
  route('GET', '/libpod/_ping', ping, true),
  route('HEAD', '/libpod/_ping', ping, true),
  route('GET', '/version', version, true),
  route('GET', '/libpod/version', version),
  route('GET', '/libpod/info', info),
  route('GET', '/libpod/events', events),
  route('GET', '/events', events, true),
];

function ping({ core }: Call): Answer {
  return {
    status: 200,
    text: 'OK',
    contentType: 'text/plain; charset=utf-8',
    headers: { 'Libpod-Buildah-Version': core.profile.buildahVersion },
  };
}

function version({ core }: Call): Answer {
  return ok(versionInfo(core.profile));
}

function info({ core }: Call): Answer {
  return ok(engineInfo(core.profile, core.world));
}

/** `since` tells the past first; without it an endless stream begins now, and a finite one tells everything. */
function events({ core, query }: Call): Answer {
  const endless = query.get('stream') !== 'false';
  const filters = filtersOf(query);
  const since = query.get('since');
  const until = query.get('until');
  const past = since === null ? (endless ? [] : core.events.since(0)) : core.events.since(momentOf(since, core));
  const end = until === null ? Infinity : momentOf(until, core);
  return {
    status: 200,
    contentType: 'application/json',
    stream: (sink) => {
      const tell = (event: DemoEvent): void => {
        if (event.at <= end && passes(event, filters)) sink.write(eventLine(event, core.profile));
      };
      past.forEach(tell);
      if (!endless || end <= core.timers.wallTime()) {
        sink.end();
        return;
      }
      sink.onClose(core.events.subscribe(tell));
    },
  };
}

/** Seconds since the epoch, an RFC 3339 time, or a duration before now such as `5m`. */
function momentOf(text: string, core: Core): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const duration = /^(\d+)(ms|s|m|h)$/.exec(text);
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  if (duration) return core.timers.wallTime() - Number(duration[1]) * (units[duration[2] ?? ''] ?? 0);
  return Date.parse(text);
}

function passes(event: DemoEvent, filters: Record<string, string[]>): boolean {
  const one = (key: string, test: (value: string) => boolean): boolean => filters[key]?.some(test) ?? true;
  const named = (type: string) => (value: string) =>
    event.type === type && (event.id.startsWith(value) || event.attributes['name'] === value);
  return (
    one('type', (value) => event.type === value) &&
    one('event', (value) => event.action === value) &&
    one('container', named('container')) &&
    one('pod', (value) => named('pod')(value) || event.attributes['podId'] === value) &&
    hasLabels(event.attributes, filters['label'] ?? [])
  );
}
