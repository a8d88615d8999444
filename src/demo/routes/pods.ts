import { signalNumber } from '../command';
import { parsePodSpec } from '../creation';
import { ApiError, noSuchPod, podGoneFromDatabase } from '../errors';
import type { Container, Pod } from '../model';
import { podInspection, podListEntry, podStatus } from '../serializers/pod';
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

const base = '/libpod/pods';

export const podRoutes: Route[] = [
  route('GET', `${base}/json`, list),
  route('POST', `${base}/create`, create),
  route('GET', `${base}/{id}/json`, inspect),
  route('GET', `${base}/{id}/exists`, exists),
  route('POST', `${base}/{id}/start`, start),
  route('POST', `${base}/{id}/stop`, stop),
  route('POST', `${base}/{id}/restart`, restart),
  route('POST', `${base}/{id}/pause`, (context) =>
    forEachMember(context, 'pause', (member) => context.core.lifecycle.pause(member)),
  ),
  route('POST', `${base}/{id}/unpause`, (context) =>
    forEachMember(context, 'unpause', (member) => context.core.lifecycle.unpause(member)),
  ),
  route('POST', `${base}/{id}/kill`, kill),
  route('DELETE', `${base}/{id}`, remove),
];

function getPod(context: RouteContext): Pod {
  const ref = context.params['id'] ?? '';
  const pod = context.core.store.findPod(ref);
  if (!pod) throw noSuchPod(ref);
  return pod;
}

/** Waits for the lock of each pod, as real engines do: seconds during a removal. */
async function list({ core, query }: RouteContext): Promise<RouteResponse> {
  await core.timers.delay(core.latency.read);
  const filters = parseFilters(query);
  const entries = [];
  for (const pod of [...core.store.pods.values()]) {
    await waitForUnlock(pod);
    if (!core.store.pods.has(pod.id)) continue;
    const passes = (key: string, test: (value: string) => boolean): boolean => filters[key]?.some(test) ?? true;
    if (!passes('id', (value) => pod.id.startsWith(value)) || !passes('name', (value) => pod.name.includes(value))) {
      continue;
    }
    if (hasLabels(pod.labels, filters['label'] ?? [])) entries.push(podListEntry(pod, core.store, core.profile));
  }
  return ok(entries);
}

async function inspect(context: RouteContext): Promise<RouteResponse> {
  const { core } = context;
  await core.timers.delay(core.latency.read);
  const pod = getPod(context);
  await waitForUnlock(pod);
  if (!core.store.pods.has(pod.id)) throw podGoneFromDatabase(pod);
  return ok(podInspection(pod, core.store, core.profile));
}

function exists(context: RouteContext): RouteResponse {
  getPod(context);
  return noContent;
}

async function create({ core, body }: RouteContext): Promise<RouteResponse> {
  await core.timers.delay(core.latency.create);
  return { status: 201, json: { Id: core.creation.pod(parsePodSpec(body)).id } };
}

async function start(context: RouteContext): Promise<RouteResponse> {
  const { core } = context;
  const pod = getPod(context);
  return pod.lock.runExclusive(async () => {
    const members = core.store.membersOf(pod);
    if (podStatus(members) === 'Running') return notModified;
    for (const member of members) await core.lifecycle.start(member);
    core.events.pod(pod, 'start');
    return ok(stateResponse(context, pod));
  });
}

/** 304 unless every member is running: a Degraded pod is left unchanged. */
async function stop(context: RouteContext): Promise<RouteResponse> {
  const { core } = context;
  const pod = getPod(context);
  const members = core.store.membersOf(pod);
  if (podStatus(members) !== 'Running') return notModified;
  const timeout = optionalNumber(context.query, 't') || undefined;
  const stopMember = (member: Container): Promise<void> =>
    core.containerRemoval.withSlot(() => core.lifecycle.stop(member, timeout));
  await pod.lock.runExclusive(async () => {
    await Promise.all(members.filter((member) => !member.isInfra).map(stopMember));
    await Promise.all(members.filter((member) => member.isInfra).map(stopMember));
    for (const member of members) core.lifecycle.cleanUp(member);
    core.events.pod(pod, 'stop');
  });
  return ok(stateResponse(context, pod));
}

function restart(context: RouteContext): Promise<RouteResponse> {
  const { containerRemoval, lifecycle } = context.core;
  return forEachMember(context, 'restart', async (member) => {
    await containerRemoval.withSlot(() => lifecycle.stop(member, undefined));
    await lifecycle.start(member);
  });
}

async function kill(context: RouteContext): Promise<RouteResponse> {
  const pod = getPod(context);
  const signal = signalNumber(context.query.get('signal') ?? 'KILL');
  if (signal === undefined) throw new ApiError(500, `invalid signal: ${context.query.get('signal')}`);
  if (!context.core.store.membersOf(pod).some((member) => member.state === 'running')) {
    throw new ApiError(409, `cannot kill a pod with no running containers: ${pod.id}`);
  }
  return forEachMember(context, 'kill', (member) => context.core.lifecycle.signal(member, signal));
}

/** Applies `work` to every member and collects errors. */
async function forEachMember(
  context: RouteContext,
  action: string,
  work: (member: Container) => void | Promise<void>,
): Promise<RouteResponse> {
  const { core } = context;
  const pod = getPod(context);
  return pod.lock.runExclusive(async () => {
    const errors: string[] = [];
    for (const member of core.store.membersOf(pod)) {
      try {
        await work(member);
      } catch (error) {
        errors.push((error as Error).message);
      }
    }
    core.events.pod(pod, action);
    if (errors.length > 0) return { status: 409, json: { Errs: errors, Id: pod.id } };
    return ok({ Errs: null, Id: pod.id });
  });
}

async function remove(context: RouteContext): Promise<RouteResponse> {
  const { core, query } = context;
  const pod = getPod(context);
  const options = { force: flag(query, 'force'), timeout: optionalNumber(query, 'timeout') };
  const members = Object.fromEntries((await core.podRemoval.remove(pod, options)).map((id) => [id, null]));
  return ok({ ...(core.profile.reportsRemovedMembers ? { RemovedCtrs: members } : {}), Err: null, Id: pod.id });
}

function stateResponse({ core, params }: RouteContext, pod: Pod): Record<string, unknown> {
  const echo = core.profile.name === '4.3' ? {} : { RawInput: params['id'] };
  return { Errs: null, Id: pod.id, ...echo };
}

async function waitForUnlock(pod: Pod): Promise<void> {
  if (pod.lock.isLocked()) await pod.lock.waitForUnlock();
}
