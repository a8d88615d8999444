import { signalNumber } from '../command';
import { containerBlueprintOf } from '../creation';
import { ApiError, noBody, noSuchContainer, wrongState } from '../errors';
import { type Container, dependencyIds, isFinished, type ObjectStore, type RestartPolicy } from '../model';
import { containerInspection } from '../serializers/containerInspect';
import { containerListEntry } from '../serializers/containerList';
import {
  filtersOf,
  flag,
  hasLabels,
  noContent,
  notModified,
  ok,
  optionalNumber,
  route,
  type Route,
  type RouteContext,
  type RouteResponse,
} from './route';

const base = '/libpod/containers';
const plainText = 'text/plain; charset=us-ascii';

export const containerRoutes: Route[] = [
  route('GET', `${base}/json`, list),
  route('POST', `${base}/create`, create),
  route('GET', `${base}/{id}/json`, inspect),
  route('GET', `${base}/{id}/exists`, exists),
  route('POST', `${base}/{id}/start`, start),
  route('POST', `${base}/{id}/stop`, stop),
  route('POST', `${base}/{id}/kill`, kill),
  route('POST', `${base}/{id}/restart`, restart),
  route('POST', `${base}/{id}/pause`, pause),
  route('POST', `${base}/{id}/unpause`, unpause),
  route('POST', `${base}/{id}/wait`, wait),
  route('POST', `${base}/{id}/update`, update),
];

/** The container that the path names, or the engine's 404. */
export function getContainer(call: RouteContext): Container {
  const ref = call.params['id'] ?? '';
  const container = call.core.world.findContainer(ref);
  if (!container) throw noSuchContainer(ref);
  return container;
}

/** Containers that pass `all` and `filters` of a list call. */
export function listed(world: ObjectStore, query: URLSearchParams): Container[] {
  const filters = filtersOf(query);
  const all = flag(query, 'all') || Object.keys(filters).length > 0;
  return [...world.containers.values()].filter((container) => {
    const passes = (key: string, test: (value: string) => boolean): boolean => filters[key]?.some(test) ?? true;
    return (
      (all || container.state === 'running') &&
      passes('id', (value) => container.id.startsWith(value)) &&
      passes('name', (value) => container.name.includes(value)) &&
      passes('status', (value) => container.state === value) &&
      passes('pod', (value) => container.podId === value || world.podOf(container)?.name === value) &&
      hasLabels(container.labels, filters['label'] ?? [])
    );
  });
}

async function list({ core, query }: RouteContext): Promise<RouteResponse> {
  await core.timers.delay(core.latency.read);
  const withNamespaces = flag(query, 'namespace');
  return ok(
    listed(core.world, query).map((each) => containerListEntry(each, core.world, core.profile, withNamespaces)),
  );
}

async function inspect(call: RouteContext): Promise<RouteResponse> {
  const { core } = call;
  await core.timers.delay(core.latency.read);
  return ok(containerInspection(getContainer(call), core.world, core.profile, call.apiMajor));
}

function exists({ core, params }: RouteContext): RouteResponse {
  if (!core.world.findContainer(params['id'] ?? '')) throw new ApiError(404, 'no such container');
  return noContent;
}

async function create({ core, body }: RouteContext): Promise<RouteResponse> {
  await core.timers.delay(core.latency.create);
  const container = core.creation.container(containerBlueprintOf(body));
  return { status: 201, json: { Id: container.id, Warnings: [] } };
}

async function start(call: RouteContext): Promise<RouteResponse> {
  return (await call.core.lifecycle.start(getContainer(call))) ? noContent : notModified;
}

/** Stops a running container. One that was never started is left as it is, and reported stopped (204). */
async function stop(call: RouteContext): Promise<RouteResponse> {
  const { core } = call;
  const container = getContainer(call);
  if (isFinished(container)) return notModified;
  if (container.state === 'created') return noContent;
  if (container.state === 'paused') {
    throw wrongState(500, `container ${container.id} is running or paused, refusing to clean up`);
  }
  await core.containerRemoval.withSlot(() => core.lifecycle.stop(container, stopTimeoutOf(call)));
  core.lifecycle.cleanUp(container);
  core.events.container(container, 'stop');
  return noContent;
}

async function kill(call: RouteContext): Promise<RouteResponse> {
  const { core } = call;
  const container = getContainer(call);
  const text = call.query.get('signal') ?? 'KILL';
  const signal = signalNumber(text);
  if (signal === undefined) throw new ApiError(500, `invalid signal: ${text}`);
  core.lifecycle.signal(container, signal);
  return noContent;
}

async function restart(call: RouteContext): Promise<RouteResponse> {
  const { core } = call;
  const container = getContainer(call);
  await core.containerRemoval.withSlot(() => core.lifecycle.stop(container, stopTimeoutOf(call)));
  await core.lifecycle.start(container);
  core.events.container(container, 'restart');
  return noContent;
}

function pause(call: RouteContext): RouteResponse {
  call.core.lifecycle.pause(getContainer(call));
  return noContent;
}

function unpause(call: RouteContext): RouteResponse {
  call.core.lifecycle.unpause(getContainer(call));
  return noContent;
}

async function wait(call: RouteContext): Promise<RouteResponse> {
  const container = getContainer(call);
  await call.core.lifecycle.nextExit(container);
  return { status: 200, text: String(container.exitCode), contentType: plainText };
}

/** Restart policies can be updated since 5; 4.3 knows only resource limits here and passes the rest over. */
function update(call: RouteContext): RouteResponse {
  const container = getContainer(call);
  if (call.body === undefined) throw noBody();
  const policy = call.query.get('restartPolicy');
  if (policy !== null && call.core.profile.name !== '4.3') {
    container.restart = {
      policy: policy as RestartPolicy,
      retries: optionalNumber(call.query, 'restartRetries') ?? 0,
    };
  }
  return { status: 201, text: `${container.id}\n`, contentType: plainText };
}

/** Seconds of grace as the call asks for; undefined leaves the container's own. libpod passes over `t` (4.3.1, 5.8.6, 6.1.1). */
function stopTimeoutOf({ query }: RouteContext): number | undefined {
  return optionalNumber(query, 'timeout');
}

/** Ids of the containers that are down and that nothing depends on: what a prune takes. */
export function matchesPruneFilter(world: ObjectStore): Container[] {
  const needed = new Set([...world.containers.values()].flatMap(dependencyIds));
  return [...world.containers.values()].filter(
    (each) => (isFinished(each) || each.state === 'created') && each.podId === undefined && !needed.has(each.id),
  );
}
