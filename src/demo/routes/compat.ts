import { compatInspection, compatListEntry } from '../shapes/compat';
import { containerOf, listed } from './containers';
import { removed } from './removals';
import { flag, noContent, ok, route } from './route';
import type { Answer, Call, Route } from './route';

/** The Docker-compatible paths that Podman answers beside its own, as far as clients of Podman meet them. */
export const compatRoutes: Route[] = [
  route('GET', '/containers/json', list, true),
  route('GET', '/containers/{id}/json', inspect, true),
  route('DELETE', '/containers/{id}', remove, true),
];

function list({ core, query }: Call): Answer {
  const now = core.timers.wallTime();
  return ok(listed(core.world, query).map((each) => compatListEntry(each, core.world, core.profile, now)));
}

function inspect(call: Call): Answer {
  return ok(compatInspection(containerOf(call), call.core.world, call.core.profile));
}

async function remove(call: Call): Promise<Answer> {
  await removed(call, call.params['id'] ?? '', flag(call.query, 'v'));
  return noContent;
}
