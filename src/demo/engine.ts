import { type Clock, systemClock } from '../clock';
import { ManualClock } from '../manualClock';
import { controlHandler } from './control';
import { type Latency, realLatency } from './core';
import { exitOnSigtermCommand, ignoreSigtermCommand } from './creation';
import { FakePodman } from './fakePodman';
import { FaultScript } from './faults';
import type { FakeFleet, FleetContainer, FleetPod, FleetVolume } from './fleet';
import { type LoggedRequest, RequestLog } from './http';
import { type Container, type ContainerState, dependencyIds, type HealthCheckSpec } from './model';
import { type ProfileName, profileOf } from './profile';
import { demoParallelism } from './removal';
import { podStatus } from './serializers/pod';
import { SocketServer } from './server';

export interface DemoEngineOptions {
  profile: ProfileName;
  /** Default: the system clock. */
  clock?: Clock;
  /** Concurrent removals; default 7, as on two cores. */
  parallelism?: number;
  /** Default: similar to real engines. */
  latency?: Partial<Latency>;
}

const day = 24 * 3_600_000;

/** A snapshot for assertions. */
interface DemoState {
  pods: { id: string; name: string; status: string; members: string[] }[];
  containers: { id: string; name: string; state: ContainerState; pod: string | undefined; exitCode: number }[];
  volumes: string[];
  requests: LoggedRequest[];
  /** Maximum number of concurrent removals so far. */
  peakRemovals: number;
}

/**
 * An in-memory libpod server with the errors, locks, limits and false successes of real engines. Set up its contents and
 * faults with this class, or from other processes with `/demo/…`.
 */
export class DemoEngine {
  readonly faults = new FaultScript();
  readonly requests = new RequestLog();
  readonly clock: Clock;
  private readonly core: FakePodman;
  private readonly server: SocketServer;

  constructor(options: DemoEngineOptions) {
    this.clock = options.clock ?? systemClock;
    this.core = new FakePodman(
      { ...profileOf(options.profile) },
      { ...realLatency, ...options.latency },
      this.clock,
      (event) => this.faults.eventCopies(event),
      options.parallelism ?? demoParallelism,
    );
    this.server = new SocketServer(this.core, this.faults, this.requests, controlHandler(this));
  }

  /** Serves on a unix socket or a Windows named pipe. Resolves when it can be reached. */
  listen(socketPath: string): Promise<void> {
    return this.server.listen(socketPath);
  }

  /** Resolves when the server listens again after a `stopServer` fault. */
  whenListening(): Promise<void> {
    return this.server.whenListening();
  }

  /** Repeats all past events to the current subscribers. */
  replayEvents(): void {
    this.core.events.replay();
  }

  /** Closes the server and all connections, as if the engine were killed. `listen` restarts it with the same contents. */
  disconnect(): Promise<void> {
    return this.server.close();
  }

  /** Closes the server and cancels all timers. */
  async close(): Promise<void> {
    this.core.timers.cancelAll();
    await this.server.close();
  }

  /** Adds a pod with its infra container. Returns its id. */
  addPod(spec: FleetPod): string {
    const pod = this.core.creation.pod(spec);
    const infra = this.core.store.containers.get(pod.infraId ?? '');
    if (infra && spec.infraState !== undefined) this.setState(infra, spec.infraState, 0);
    return pod.id;
  }

  /** Returns the id. */
  addContainer(spec: FleetContainer): string {
    const { requires, volumesFrom, ...shares } = spec.dependsOn ?? {};
    const container = this.core.creation.container({
      name: spec.name,
      pod: spec.pod,
      shares,
      requires,
      volumesFrom,
      command: spec.command ?? (spec.stubborn ? ignoreSigtermCommand : exitOnSigtermCommand),
      labels: spec.labels,
      mounts: (spec.volumes ?? []).map(parseMount),
      restart: { policy: spec.restart ?? 'no', retries: 0 },
      autoRemove: spec.autoRemove,
      healthCheck: spec.healthyAfter === undefined ? undefined : fleetHealthCheck(spec.healthyAfter),
      isService: spec.isService,
      image: spec.image,
      networks: spec.networks,
      stopTimeout: spec.stopTimeout,
    });
    this.setState(container, spec.state ?? 'running', spec.exitCode ?? 0);
    return container.id;
  }

  /** Returns the name. */
  addVolume({ name, daysOld = 0, labels = {} }: FleetVolume): string {
    const { creation, timers, store } = this.core;
    const volume = name ?? store.nextId();
    creation.volume(volume, name === undefined, { created: timers.wallTime() - daysOld * day, labels });
    return volume;
  }

  addFleet(fleet: FakeFleet): void {
    for (const pod of fleet.pods) this.addPod(pod);
    for (const container of fleet.containers) this.addContainer(container);
    for (const { name, isRestarted } of fleet.containers) if (isRestarted) this.core.lifecycle.restartNow(name);
    for (const volume of fleet.volumes ?? []) this.addVolume(volume);
    for (const network of fleet.networks ?? []) this.core.creation.network(network);
  }

  /** Adds the pods and containers of a fleet that are missing, by name. */
  refill({ pods, containers }: FakeFleet): void {
    const state = this.state();
    const names = new Set([...state.pods, ...state.containers].map(({ name }) => name));
    this.addFleet({
      pods: pods.filter(({ name }) => !names.has(name)),
      containers: containers.filter(({ name }) => !names.has(name)),
    });
  }

  /** Takes a backup of the storage. The returned function restores it and returns the number of restored objects. */
  checkpoint(): () => number {
    return this.core.store.checkpoint();
  }

  /** Switches to another version, between `disconnect` and `listen`. */
  upgradeTo(profile: ProfileName): void {
    Object.assign(this.core.profile, profileOf(profile));
  }

  /** Advances a manual clock; rejects on the system clock. */
  async advance(ms: number): Promise<void> {
    if (!(this.clock instanceof ManualClock)) throw new Error('The demo engine uses the system clock.');
    await this.clock.advance(ms);
  }

  state(): DemoState {
    const { store } = this.core;
    return {
      pods: [...store.pods.values()].map((pod) => {
        const members = store.membersOf(pod);
        return { id: pod.id, name: pod.name, status: podStatus(members), members: members.map((each) => each.name) };
      }),
      containers: [...store.containers.values()].map((each) => ({
        id: each.id,
        name: each.name,
        state: each.state,
        pod: store.podOf(each)?.name,
        exitCode: each.exitCode,
      })),
      volumes: [...store.volumes.keys()],
      requests: this.requests.all(),
      peakRemovals: this.core.containerRemoval.peak,
    };
  }

  private setState(container: Container, state: ContainerState, exitCode: number): void {
    const { store, lifecycle, timers } = this.core;
    if (state === 'running' || state === 'paused') {
      for (const id of dependencyIds(container)) {
        const dependency = store.containers.get(id);
        if (dependency && dependency.state !== 'running') this.setState(dependency, 'running', 0);
      }
      lifecycle.enterRunning(container);
      if (state === 'paused') lifecycle.pause(container);
    } else if (state === 'exited') {
      container.state = 'exited';
      container.exitCode = exitCode;
      container.startedAt = timers.wallTime();
      container.finishedAt = timers.wallTime();
    }
  }
}

function fleetHealthCheck(healthyAfter: number): HealthCheckSpec {
  const limits = { interval: 2000, timeout: 1000, startPeriod: 0, retries: 3 };
  return { test: ['CMD-SHELL', 'test -f /ready'], ...limits, healthyAfter, isScheduled: true };
}

function parseMount(text: string): { volume: string | undefined; destination: string } {
  const [volume = '', destination = volume] = text.split(':');
  return { volume: text.includes(':') ? volume : undefined, destination };
}
