import type { FakePodman } from '../fakePodman';
import { containerRoutes } from './containers';
import { podRoutes } from './pods';
import type { Route, RouteResponse } from './route';
import { execRoutes } from './streams';
import { systemRoutes } from './system';
import { volumeRoutes } from './volumes';

const routes: Route[] = [...systemRoutes, ...containerRoutes, ...podRoutes, ...execRoutes, ...volumeRoutes];

const notFound: RouteResponse = { status: 404, text: 'Not Found\n', contentType: 'text/plain; charset=utf-8' };

/** Routes a request to its handler. Handlers throw an `ApiError`. */
export async function dispatch(
  core: FakePodman,
  method: string,
  target: string,
  body: unknown,
): Promise<RouteResponse> {
  const url = new URL(target, 'http://demo');
  const version = /^\/v(\d+)(?:\.\d+)*(?=\/)/.exec(url.pathname);
  const path = version ? url.pathname.slice(version[0].length) : url.pathname;
  for (const candidate of routes) {
    if (candidate.method !== method || (!version && !candidate.unversioned)) continue;
    const match = candidate.path.exec(path);
    if (!match) continue;
    const params = Object.fromEntries(
      Object.entries(match.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
    );
    return candidate.handle({ core, params, query: url.searchParams, body, apiMajor: Number(version?.[1] ?? 0) });
  }
  return notFound;
}
