import { signalNumber } from '../command';
import type { FakePodman } from '../core';
import { podBlueprintOf } from '../creation';
import { ApiError, noSuchPod, podGoneFromDatabase } from '../errors';
import type { Container, Pod } from '../model';
import { podInspection, podListEntry, podStatus } from '../serializers/pod';
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

const base = '/libpod/pods';

export const podRoutes: Route[] = [
  route('GET', `${base}/json`, list),
  route('POST', `${base}/create`, create),
  route('POST', `${base}/prune`, prune),
  route('GET', `${base}/{id}/json`, inspect),
  route('GET', `${base}/{id}/exists`, exists),
  route('POST', `${base}/{id}/start`, start),
  route('POST', `${base}/{id}/stop`, stop),
  route('POST', `${base}/{id}/restart`, restart),
  route('POST', `${base}/{id}/pause`, pause),
  route('POST', `${base}/{id}/unpause`, unpause),
  route('POST', `${base}/{id}/kill`, kill),
  route('DELETE', `${base}/{id}`, remove),
];

function podOf(call: RouteContext): Pod {
  const ref = call.params['id'] ?? '';
  const pod = call.core.world.findPod(ref);
  if (!pod) throw noSuchPod(ref);
  return pod;
}

/** Waits for the lock of each pod in turn, as the real engine does: seconds, while one of them is being removed. */
async function list({ core, query }: RouteContext): Promise<RouteResponse> {
  await core.timers.delay(core.latency.read);
  const filters = filtersOf(query);
  const entries = [];
  for (const pod of [...core.world.pods.values()]) {
    await unlocked(pod);
    if (!core.world.pods.has(pod.id)) continue;
    const passes = (key: string, test: (value: string) => boolean): boolean => filters[key]?.some(test) ?? true;
    if (!passes('id', (value) => pod.id.startsWith(value)) || !passes('name', (value) => pod.name.includes(value))) {
      continue;
    }
    if (hasLabels(pod.labels, filters['label'] ?? [])) entries.push(podListEntry(pod, core.world, core.profile));
  }
  return ok(entries);
}

async function inspect(call: RouteContext): Promise<RouteResponse> {
  const { core } = call;
  await core.timers.delay(core.latency.read);
  const pod = podOf(call);
  await unlocked(pod);
  if (!core.world.pods.has(pod.id)) throw podGoneFromDatabase(pod);
  return ok(podInspection(pod, core.world, core.profile));
}

function exists(call: RouteContext): RouteResponse {
  podOf(call);
  return noContent;
}

async function create({ core, body }: RouteContext): Promise<RouteResponse> {
  await core.timers.delay(core.latency.create);
  return { status: 201, json: { Id: core.creation.pod(podBlueprintOf(body)).id } };
}

async function start(call: RouteContext): Promise<RouteResponse> {
  const { core } = call;
  const pod = podOf(call);
  return pod.lock.runExclusive(async () => {
    const members = core.world.membersOf(pod);
    if (podStatus(members) === 'Running') return notModified;
    for (const member of members) await core.lifecycle.start(member);
    core.events.pod(pod, 'start');
    return ok(stateResponse(call, pod));
  });
}

/** Stops nothing and says 304 unless every member runs: a Degraded pod stays as it is. */
async function stop(call: RouteContext): Promise<RouteResponse> {
  const { core } = call;
  const pod = podOf(call);
  const members = core.world.membersOf(pod);
  if (podStatus(members) !== 'Running') return notModified;
  const timeout = optionalNumber(call.query, 't') || undefined;
  const stopMember = (member: Container): Promise<void> =>
    core.containerRemoval.withSlot(() => core.lifecycle.stop(member, timeout));
  await pod.lock.runExclusive(async () => {
    await Promise.all(members.filter((member) => !member.isInfra).map(stopMember));
    await Promise.all(members.filter((member) => member.isInfra).map(stopMember));
    for (const member of members) core.lifecycle.cleanUp(member);
    core.events.pod(pod, 'stop');
  });
  return ok(stateResponse(call, pod));
}

/** Members first on the way down and last on the way up, the infra container as one of them. */
function restart(call: RouteContext): Promise<RouteResponse> {
  const { core } = call;
  return onEach(call, 'restart', async (member) => {
    await core.containerRemoval.withSlot(() => core.lifecycle.stop(member, undefined));
    await core.lifecycle.start(member);
  });
}

function pause(call: RouteContext): Promise<RouteResponse> {
  return onEach(call, 'pause', (member) => call.core.lifecycle.pause(member));
}

function unpause(call: RouteContext): Promise<RouteResponse> {
  return onEach(call, 'unpause', (member) => call.core.lifecycle.unpause(member));
}

async function kill(call: RouteContext): Promise<RouteResponse> {
  const pod = podOf(call);
  const signal = signalNumber(call.query.get('signal') ?? 'KILL');
  if (signal === undefined) throw new ApiError(500, `invalid signal: ${call.query.get('signal')}`);
  if (!call.core.world.membersOf(pod).some((member) => member.state === 'running')) {
    throw new ApiError(409, `cannot kill a pod with no running containers: ${pod.id}`);
  }
  return onEach(call, 'kill', (member) => call.core.lifecycle.signal(member, signal));
}

/** Does the same with every member; what one of them refuses is told, and keeps no other. */
async function onEach(
  call: RouteContext,
  action: string,
  work: (member: Container) => void | Promise<void>,
): Promise<RouteResponse> {
  const { core } = call;
  const pod = podOf(call);
  return pod.lock.runExclusive(async () => {
    const errors: string[] = [];
    for (const member of core.world.membersOf(pod)) {
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

async function remove(call: RouteContext): Promise<RouteResponse> {
  const force = flag(call.query, 'force');
  return ok(await removalResponse(call.core, podOf(call), force, optionalNumber(call.query, 'timeout')));
}

/** Takes the pods that have ended, each with its members; one that never started stays. */
async function prune({ core }: RouteContext): Promise<RouteResponse> {
  const idle = [...core.world.pods.values()].filter((pod) => {
    const status = podStatus(core.world.membersOf(pod));
    return status === 'Exited' || status === 'Stopped';
  });
  const reports = await Promise.all(idle.map((pod) => removalResponse(core, pod, false, undefined)));
  return ok(reports.map(({ Id, Err }) => ({ Err, Id })));
}

/** What a start or stop of a pod answers. */
function stateResponse({ core, params }: RouteContext, pod: Pod): Record<string, unknown> {
  const echo = core.profile.name === '4.3' ? {} : { RawInput: params['id'] };
  return { Errs: null, Id: pod.id, ...echo };
}

interface RemovalReport {
  RemovedCtrs?: Record<string, null>;
  Err: null;
  Id: string;
}

async function removalResponse(
  core: FakePodman,
  pod: Pod,
  force: boolean,
  timeout: number | undefined,
): Promise<RemovalReport> {
  const ids = await core.podRemoval.remove(pod, { force, timeout });
  const members = Object.fromEntries(ids.map((id) => [id, null]));
  return { ...(core.profile.reportsRemovedMembers ? { RemovedCtrs: members } : {}), Err: null, Id: pod.id };
}

async function unlocked(pod: Pod): Promise<void> {
  if (pod.lock.isLocked()) await pod.lock.waitForUnlock();
}
