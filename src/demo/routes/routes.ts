import type { Core } from '../core';
import { compatRoutes } from './compat';
import { containerRoutes } from './containers';
import { podRoutes } from './pods';
import { programRoutes } from './programs';
import { removalRoutes } from './removals';
import type { Answer, Route } from './route';
import { systemRoutes } from './system';
import { volumeRoutes } from './volumes';

const routes: Route[] = [
  ...systemRoutes,
  ...containerRoutes,
  ...removalRoutes,
  ...podRoutes,
  ...programRoutes,
  ...volumeRoutes,
  ...compatRoutes,
];

const notFound: Answer = { status: 404, text: 'Not Found\n', contentType: 'text/plain; charset=utf-8' };

/** Finds the route for a request and has it answered. Refusals come as exceptions. */
export async function answerFor(core: Core, method: string, target: string, body: unknown): Promise<Answer> {
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
