import { signalNumber } from '../command';
import { parseContainerSpec } from '../creation';
import { ApiError, missingBody, noSuchContainer, nothingToDelete, wrongState } from '../errors';
import { type Container, isFinished, type RestartPolicy } from '../model';
import { containerInspection, healthJson } from '../serializers/containerInspect';
import { containerListEntry } from '../serializers/containerList';
import {
  parseFilters,
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
  route('GET', `${base}/{id}/healthcheck`, checkHealth),
  route('POST', `${base}/{id}/start`, start),
  route('POST', `${base}/{id}/stop`, stop),
  route('POST', `${base}/{id}/kill`, kill),
  route('POST', `${base}/{id}/restart`, restart),
  route('POST', `${base}/{id}/pause`, pause),
  route('POST', `${base}/{id}/unpause`, unpause),
  route('POST', `${base}/{id}/wait`, wait),
  route('POST', `${base}/{id}/update`, update),
  route('DELETE', `${base}/{id}`, remove),
];

/** The container named in the path; throws 404. */
export function getContainer(context: RouteContext): Container {
  const ref = context.params['id'] ?? '';
  const container = context.core.store.findContainer(ref);
  if (!container) throw noSuchContainer(ref);
  return container;
}

async function list({ core, query }: RouteContext): Promise<RouteResponse> {
  await core.timers.delay(core.latency.read);
  const filters = parseFilters(query);
  const all = flag(query, 'all') || Object.keys(filters).length > 0;
  const listed = [...core.store.containers.values()].filter((container) => {
    const passes = (key: string, test: (value: string) => boolean): boolean => filters[key]?.some(test) ?? true;
    return (
      (all || container.state === 'running') &&
      passes('id', (value) => container.id.startsWith(value)) &&
      passes('name', (value) => container.name.includes(value)) &&
      passes('status', (value) => container.state === value) &&
      passes('pod', (value) => container.podId === value || core.store.podOf(container)?.name === value) &&
      passes('volume', (value) => container.mounts.some(({ volume }) => volume === value)) &&
      hasLabels(container.labels, filters['label'] ?? [])
    );
  });
  const withNamespaces = flag(query, 'namespace');
  return ok(listed.map((each) => containerListEntry(each, core.store, core.profile, withNamespaces)));
}

async function inspect(context: RouteContext): Promise<RouteResponse> {
  const { core } = context;
  await core.timers.delay(core.latency.read);
  return ok(containerInspection(getContainer(context), core.store, core.profile, context.apiMajor));
}

/** Runs the check now. */
function checkHealth(context: RouteContext): RouteResponse {
  const container = getContainer(context);
  const health = context.core.lifecycle.checkHealth(container);
  if (!health) throw new ApiError(409, `container ${container.id} has no defined healthcheck`);
  return ok(healthJson(health));
}

function exists({ core, params }: RouteContext): RouteResponse {
  if (!core.store.findContainer(params['id'] ?? '')) throw new ApiError(404, 'no such container');
  return noContent;
}

async function create({ core, body }: RouteContext): Promise<RouteResponse> {
  await core.timers.delay(core.latency.create);
  const container = core.creation.container(parseContainerSpec(body));
  return { status: 201, json: { Id: container.id, Warnings: [] } };
}

async function start(context: RouteContext): Promise<RouteResponse> {
  return (await context.core.lifecycle.start(getContainer(context))) ? noContent : notModified;
}

/** A container that was never started is left unchanged, with status 204. */
async function stop(context: RouteContext): Promise<RouteResponse> {
  const { core } = context;
  const container = getContainer(context);
  if (isFinished(container)) return notModified;
  if (container.state === 'created') return noContent;
  if (container.state === 'paused') {
    throw wrongState(500, `container ${container.id} is running or paused, refusing to clean up`);
  }
  await core.containerRemoval.withSlot(() => core.lifecycle.stop(container, stopTimeoutOf(context)));
  core.lifecycle.cleanUp(container);
  core.events.container(container, 'stop');
  return noContent;
}

async function kill(context: RouteContext): Promise<RouteResponse> {
  const { core } = context;
  const container = getContainer(context);
  const text = context.query.get('signal') ?? 'KILL';
  const signal = signalNumber(text);
  if (signal === undefined) throw new ApiError(500, `invalid signal: ${text}`);
  core.lifecycle.signal(container, signal);
  return noContent;
}

async function restart(context: RouteContext): Promise<RouteResponse> {
  const { core } = context;
  const container = getContainer(context);
  await core.containerRemoval.withSlot(() => core.lifecycle.stop(container, stopTimeoutOf(context)));
  await core.lifecycle.start(container);
  core.events.container(container, 'restart');
  return noContent;
}

function pause(context: RouteContext): RouteResponse {
  context.core.lifecycle.pause(getContainer(context));
  return noContent;
}

function unpause(context: RouteContext): RouteResponse {
  context.core.lifecycle.unpause(getContainer(context));
  return noContent;
}

async function wait(context: RouteContext): Promise<RouteResponse> {
  const container = getContainer(context);
  await context.core.lifecycle.nextExit(container);
  return { status: 200, text: String(container.exitCode), contentType: plainText };
}

/** Since 5, updates the restart policy; 4.3 ignores it. */
function update(context: RouteContext): RouteResponse {
  const container = getContainer(context);
  if (context.body === undefined) throw missingBody();
  const policy = context.query.get('restartPolicy');
  if (policy !== null && context.core.profile.name !== '4.3') {
    container.restart = {
      policy: policy as RestartPolicy,
      retries: optionalNumber(context.query, 'restartRetries') ?? 0,
    };
  }
  return { status: 201, text: `${container.id}\n`, contentType: plainText };
}

/** Seconds; undefined for the container's own. libpod ignores `t` (4.3.1, 5.8.6, 6.1.1). */
function stopTimeoutOf({ query }: RouteContext): number | undefined {
  return optionalNumber(query, 'timeout');
}

/** Libpod's parameter is `volumes`, not `v`. */
async function remove({ core, params, query }: RouteContext): Promise<RouteResponse> {
  const ref = params['id'] ?? '';
  const options = {
    force: flag(query, 'force'),
    ignore: flag(query, 'ignore'),
    timeout: optionalNumber(query, 'timeout'),
    volumes: flag(query, 'volumes'),
  };
  const container = core.store.findContainer(ref);
  if (!container && !options.ignore) throw nothingToDelete(core.profile, ref);
  if (!container) return ok([]);
  const ids = await core.containerRemoval.withSlot(async () => {
    if (flag(query, 'depend')) return core.dependentsRemoval.remove(container, options);
    await core.containerRemoval.removeOne(container, options);
    return [container.id];
  });
  const input = (id: string): string => (id === container.id ? ref : id);
  return ok(ids.map((id) => (core.profile.echoesRawInput ? { Id: id, RawInput: input(id) } : { Id: id })));
}
