import type { FakePodman } from '../fakePodman';
import { type DemoEvent, eventLine } from '../events';
import { engineInfo, versionInfo } from '../serializers/pod';
import { parseFilters, hasLabels, ok, route, type Route, type RouteContext, type RouteResponse } from './route';

export const systemRoutes: Route[] = [
  route('GET', '/_ping', ping, true),
  route('HEAD', '/_ping', ping, true),
  route('GET', '/libpod/_ping', ping, true),
  route('HEAD', '/libpod/_ping', ping, true),
  route('GET', '/version', version, true),
  route('GET', '/libpod/version', version),
  route('GET', '/libpod/info', info),
  route('GET', '/libpod/system/df', diskUsage),
  route('GET', '/libpod/events', events),
  route('GET', '/events', events, true),
];

function ping({ core }: RouteContext): RouteResponse {
  return {
    status: 200,
    text: 'OK',
    contentType: 'text/plain; charset=utf-8',
    headers: { 'Libpod-Buildah-Version': core.profile.buildahVersion },
  };
}

function version({ core }: RouteContext): RouteResponse {
  return ok(versionInfo(core.profile));
}

function diskUsage({ core }: RouteContext): RouteResponse {
  const volumes = [...core.store.volumes.values()].map(({ name }) => ({ VolumeName: name, Links: 0, Size: 4_000_000 }));
  const containers = [...core.store.containers.values()].map(({ id }) => ({ ContainerID: id, RWSize: 12_000 }));
  return ok({ Images: [], Containers: containers, Volumes: volumes });
}

function info({ core }: RouteContext): RouteResponse {
  return ok(engineInfo(core.profile, core.store));
}

/** With `since`, past events come first; without it, an endless stream begins now and a finite one has all past events. */
function events({ core, query }: RouteContext): RouteResponse {
  const endless = query.get('stream') !== 'false';
  const filters = parseFilters(query);
  const since = query.get('since');
  const until = query.get('until');
  const past = since === null ? (endless ? [] : core.events.since(0)) : core.events.since(parseTime(since, core));
  const end = until === null ? Infinity : parseTime(until, core);
  return {
    status: 200,
    contentType: 'application/json',
    stream: (sink) => {
      const send = (event: DemoEvent): void => {
        if (event.at <= end && passes(event, filters)) sink.write(eventLine(event, core.profile));
      };
      past.forEach(send);
      if (!endless || end <= core.timers.wallTime()) {
        sink.end();
        return;
      }
      sink.onClose(core.events.subscribe(send));
    },
  };
}

/** Parses seconds since the epoch, an RFC 3339 time, or a duration before now such as `5m`. */
function parseTime(text: string, core: FakePodman): number {
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
