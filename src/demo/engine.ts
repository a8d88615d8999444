import { type Clock, systemClock } from '../clock';
import { ManualClock } from '../manualClock';
import { checkpoint } from './checkpoint';
import { controlHandler } from './control';
import { FakePodman } from './core';
import { exitOnSigtermCommand, ignoreSigtermCommand } from './creation';
import { FaultScript, type Latency, realLatency } from './faults';
import type { FakeFleet, FleetContainer, FleetPod, FleetVolume } from './fleet';
import { type LoggedRequest, RequestLog } from './http';
import { appendLog, type Container, type ContainerState, dependencyIds, type LogLine } from './model';
import { type ProfileName, profileOf } from './profile';
import { defaultParallelism } from './removal';
import { podStatus } from './serializers/pod';
import { SocketServer } from './server';

export interface DemoEngineOptions {
  profile: ProfileName;
  /** Default: the machine's. */
  clock?: Clock;
  /** How many removals run at once; default 7, as on two cores. */
  removalsAtOnce?: number;
  /** Default: about what real engines take. `noLatency` answers at once. */
  latency?: Partial<Latency>;
}

const day = 24 * 3_600_000;

/** What an engine holds at one moment, for assertions. */
export interface DemoState {
  pods: { id: string; name: string; status: string; members: string[] }[];
  containers: { id: string; name: string; state: ContainerState; pod: string | undefined; exitCode: number }[];
  volumes: string[];
  requests: LoggedRequest[];
  /** The most removals that ever ran at once. */
  peakRemovals: number;
}

/**
 * A libpod server in memory, with the refusals, waits, limits and lies of real engines. Reached over its socket like any
 * engine; what it holds and what goes wrong is set up through this class, or from outside through `/demo/…`.
 */
export class DemoEngine {
  readonly faults = new FaultScript();
  readonly requests = new RequestLog();
  readonly clock: Clock;
  private readonly core: FakePodman;
  private readonly server: SocketServer;

  constructor(options: DemoEngineOptions) {
    this.clock = options.clock ?? systemClock;
    this.core = new FakePodman({
      profile: { ...profileOf(options.profile) },
      clock: this.clock,
      latency: { ...realLatency, ...options.latency },
      removalsAtOnce: options.removalsAtOnce ?? defaultParallelism,
      eventFilter: (event) => this.faults.eventCopies(event),
    });
    this.server = new SocketServer(this.core, this.faults, this.requests, controlHandler(this));
  }

  /** Serves on a unix socket or a Windows named pipe. Resolves when it can be reached. */
  listen(socketPath: string): Promise<void> {
    return this.server.listen(socketPath);
  }

  /** Resolves when the engine can be reached: after a scripted absence. */
  untilListening(): Promise<void> {
    return this.server.untilListening();
  }

  /** Tells all events of the past once more to everyone who listens. */
  replayEvents(): void {
    this.core.events.replay();
  }

  /** Drops all connections, as if the engine were killed. What it holds stays, and `listen` brings it back. */
  dropServer(): Promise<void> {
    return this.server.close();
  }

  /** Ends the engine for good: socket gone, timers called off. */
  async close(): Promise<void> {
    this.core.timers.cancelAll();
    await this.server.close();
  }

  /** Adds a pod with its infra container. Answers its id. */
  addPod(spec: FleetPod): string {
    const pod = this.core.creation.pod(spec);
    const infra = this.core.world.containers.get(pod.infraId ?? '');
    if (infra && spec.infraState !== undefined) this.putInto(infra, spec.infraState, 0);
    return pod.id;
  }

  /** Adds a container in the state it is wanted in. Answers its id. */
  addContainer(spec: FleetContainer): string {
    const { requires, volumesFrom, ...shares } = spec.dependsOn ?? {};
    const container = this.core.creation.container({
      name: spec.name,
      pod: spec.pod,
      shares: shares,
      requires: requires ?? [],
      volumesFrom: volumesFrom ?? [],
      command: spec.command ?? (spec.stubborn ? ignoreSigtermCommand : exitOnSigtermCommand),
      labels: spec.labels ?? {},
      mounts: (spec.volumes ?? []).map(mountOf),
      published: (spec.ports ?? []).map(portOf),
      restart: { policy: spec.restart ?? 'no', retries: 0 },
      autoRemove: spec.autoRemove ?? false,
      isService: spec.isService ?? false,
      ...(spec.image === undefined ? {} : { image: spec.image }),
      ...(spec.stopTimeout === undefined ? {} : { stopTimeout: spec.stopTimeout }),
      ...(spec.stopSignal === undefined ? {} : { stopSignal: spec.stopSignal }),
    });
    this.putInto(container, spec.state ?? 'running', spec.exitCode ?? 0);
    return container.id;
  }

  /** Lets a container print a line into its log. */
  writeLog(name: string, text: string, stream: LogLine['stream'] = 'stdout'): void {
    const container = this.core.world.findContainer(name);
    if (!container) throw new Error(`there is no container ${name}`);
    appendLog(container, { at: this.core.timers.wallTime(), stream, text });
  }

  /** Answers its name. */
  addVolume({ name, daysOld = 0, labels = {} }: FleetVolume): string {
    const { creation, timers, world } = this.core;
    const given = name ?? world.nextId();
    creation.volume(given, name === undefined, { created: timers.wallTime() - daysOld * day, labels });
    return given;
  }

  addFleet(fleet: FakeFleet): void {
    for (const pod of fleet.pods) this.addPod(pod);
    for (const container of fleet.containers) this.addContainer(container);
    for (const volume of fleet.volumes ?? []) this.addVolume(volume);
  }

  /** Keeps what there is; the returned function rolls the storage back to it, and returns how many objects came back. */
  checkpoint(): () => number {
    return checkpoint(this.core.world);
  }

  /** Takes on the manners of another version, as after an upgrade: between `dropServer` and `listen`. */
  become(profile: ProfileName): void {
    Object.assign(this.core.profile, profileOf(profile));
  }

  /** Moves a manual clock. An engine on the machine's clock cannot be hurried. */
  async advance(ms: number): Promise<void> {
    if (!(this.clock instanceof ManualClock)) throw new Error('This demo engine runs on the machine’s clock.');
    await this.clock.advance(ms);
  }

  state(): DemoState {
    const { world } = this.core;
    return {
      pods: [...world.pods.values()].map((pod) => {
        const members = world.membersOf(pod);
        return { id: pod.id, name: pod.name, status: podStatus(members), members: members.map((each) => each.name) };
      }),
      containers: [...world.containers.values()].map((each) => ({
        id: each.id,
        name: each.name,
        state: each.state,
        pod: world.podOf(each)?.name,
        exitCode: each.exitCode,
      })),
      volumes: [...world.volumes.keys()],
      requests: this.requests.all(),
      peakRemovals: this.core.containerRemoval.peak,
    };
  }

  private putInto(container: Container, state: ContainerState, exitCode: number): void {
    const { world, lifecycle, timers } = this.core;
    if (state === 'running' || state === 'paused') {
      for (const id of dependencyIds(container)) {
        const dependency = world.containers.get(id);
        if (dependency && dependency.state !== 'running') this.putInto(dependency, 'running', 0);
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

function portOf(text: string): { host: number; inner: number } {
  const [host, inner] = text.split(':').map(Number);
  return { host: host ?? 0, inner: inner ?? host ?? 0 };
}

function mountOf(text: string): { volume: string | undefined; destination: string } {
  const [volume = '', destination = volume] = text.split(':');
  return { volume: text.includes(':') ? volume : undefined, destination };
}
