import { signalNumber } from '../command';
import { containerBlueprintOf } from '../createRequest';
import { dependencyIds, hasEnded, type Container, type RestartPolicy } from '../model';
import { noBody, noSuchContainer, Refusal, wrongState } from '../refusals';
import { containerInspection } from '../shapes/containerInspect';
import { containerListEntry } from '../shapes/containerList';
import type { World } from '../world';
import { filtersOf, flag, hasLabels, noContent, notModified, ok, optionalNumber, route } from './route';
import type { Answer, Call, Route } from './route';

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
export function containerOf(call: Call): Container {
  const ref = call.params['id'] ?? '';
  const container = call.core.world.findContainer(ref);
  if (!container) throw noSuchContainer(ref);
  return container;
}

/** Containers that pass `all` and `filters` of a list call. */
export function listed(world: World, query: URLSearchParams): Container[] {
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

async function list({ core, query }: Call): Promise<Answer> {
  await core.timers.delay(core.latency.read);
  const withNamespaces = flag(query, 'namespace');
  return ok(
    listed(core.world, query).map((each) => containerListEntry(each, core.world, core.profile, withNamespaces)),
  );
}

async function inspect(call: Call): Promise<Answer> {
  const { core } = call;
  await core.timers.delay(core.latency.read);
  return ok(containerInspection(containerOf(call), core.world, core.profile, call.apiMajor));
}

function exists({ core, params }: Call): Answer {
  if (!core.world.findContainer(params['id'] ?? '')) throw new Refusal(404, 'no such container');
  return noContent;
}

async function create({ core, body }: Call): Promise<Answer> {
  await core.timers.delay(core.latency.create);
  const container = core.creation.container(containerBlueprintOf(body));
  return { status: 201, json: { Id: container.id, Warnings: [] } };
}

async function start(call: Call): Promise<Answer> {
  return (await call.core.lifecycle.start(containerOf(call))) ? noContent : notModified;
}

/** Stops a running container. One that was never started is left as it is, and reported stopped (204). */
async function stop(call: Call): Promise<Answer> {
  const { core } = call;
  const container = containerOf(call);
  if (hasEnded(container)) return notModified;
  if (container.state === 'created') return noContent;
  if (container.state === 'paused') {
    throw wrongState(500, `container ${container.id} is running or paused, refusing to clean up`);
  }
  await core.containerRemoval.inSlot(() => core.lifecycle.stop(container, stopTimeoutOf(call)));
  core.lifecycle.cleanUp(container);
  core.events.container(container, 'stop');
  return noContent;
}

async function kill(call: Call): Promise<Answer> {
  const { core } = call;
  const container = containerOf(call);
  const text = call.query.get('signal') ?? 'KILL';
  const signal = signalNumber(text);
  if (signal === undefined) throw new Refusal(500, `invalid signal: ${text}`);
  core.lifecycle.signal(container, signal);
  return noContent;
}

async function restart(call: Call): Promise<Answer> {
  const { core } = call;
  const container = containerOf(call);
  await core.containerRemoval.inSlot(() => core.lifecycle.stop(container, stopTimeoutOf(call)));
  await core.lifecycle.start(container);
  core.events.container(container, 'restart');
  return noContent;
}

function pause(call: Call): Answer {
  call.core.lifecycle.pause(containerOf(call));
  return noContent;
}

function unpause(call: Call): Answer {
  call.core.lifecycle.unpause(containerOf(call));
  return noContent;
}

async function wait(call: Call): Promise<Answer> {
  const container = containerOf(call);
  await call.core.lifecycle.nextExit(container);
  return { status: 200, text: String(container.exitCode), contentType: plainText };
}

/** Restart policies can be updated since 5; 4.3 knows only resource limits here and passes the rest over. */
function update(call: Call): Answer {
  const container = containerOf(call);
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
function stopTimeoutOf({ query }: Call): number | undefined {
  return optionalNumber(query, 'timeout');
}

/** Ids of the containers that are down and that nothing depends on: what a prune takes. */
export function prunable(world: World): Container[] {
  const needed = new Set([...world.containers.values()].flatMap(dependencyIds));
  return [...world.containers.values()].filter(
    (each) => (hasEnded(each) || each.state === 'created') && each.podId === undefined && !needed.has(each.id),
  );
}
