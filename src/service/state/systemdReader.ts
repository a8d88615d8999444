import { EngineError } from '../../engine/error';
import {
  isOwnQuadlet,
  isQuadlet,
  isUnitName,
  type SystemdAccess,
  type SystemdUnit,
} from '../../engine/systemd/systemd';
import { SYSTEMD_UNIT, systemdUnitOf } from '../../graph/model/labels';
import {
  type ContainerNode,
  isActive,
  nodeKey,
  stopCodes,
  type SystemdUnitState,
  unlistedContainer,
} from '../../graph/model/model';
import { systemdEdges } from '../../graph/model/systemdEdges';
import type { EngineSource, ServiceDeps } from '../deps';
import { Throttle } from '../throttle';
import type { EngineEventHub } from './engineEventHub';
import type { EngineStateStore } from './stateStore';

/** Milliseconds for which changes are coalesced: a unit changes its state shortly after its container. */
const delay = 500;
/** Milliseconds until a machine that could not be reached is queried again, and how often without a change of containers. */
const retryDelay = 30_000;
const maxRetries = 3;
/** Milliseconds for one read of all units. */
const deadline = 15_000;
/** Milliseconds until a unit that was changing its state is read once more. */
const settleDelay = 2_000;
/** Units that are remembered after their containers are gone. */
const maxRemembered = 200;
/** Maximum number of units per process: they are arguments of its command line. */
const maxUnits = 2_000;

interface SystemdReaderDeps {
  readonly host: Pick<ServiceDeps, 'clock' | 'log'>;
  readonly source: () => EngineSource;
  readonly observations: EngineStateStore;
  readonly eventHub: EngineEventHub;
  /** Access to systemd changed. */
  readonly onDidChange: () => void;
}

/** Reads the systemd units of an engine's containers when the containers change, one read at a time. */
export class SystemdReader {
  private current: SystemdAccess | undefined;
  private lastUnits = '';
  /** Units that had a container: a failed unit of a Quadlet has none. */
  private readonly remembered = new Set<string>();
  private failed: readonly string[] = [];
  /** The identity of the systemd, once proven: after the last container of a unit is gone, there is no other proof. */
  machine: string | undefined;
  private isSettling = false;
  private retries = 0;
  private readVersion = 0;
  private isReading = false;
  /** A read was due during another one, which may have read what has changed since. */
  private isDue = false;
  private readonly throttle: Throttle;

  constructor(private readonly deps: SystemdReaderDeps) {
    this.throttle = new Throttle(deps.host.clock, () => void this.read());
  }

  /** Undefined before the first read. */
  get access(): SystemdAccess | undefined {
    return this.current;
  }

  /** Failed units without a container. */
  get failedUnits(): readonly string[] {
    return this.failed;
  }

  /** Reads all units again: another engine may be at the address, or unit files have changed. */
  reset() {
    this.current = undefined;
    this.throttle.schedule(delay);
  }

  /** Schedules a read of all units. */
  schedule() {
    this.throttle.schedule(delay);
  }

  /** Reads all units if their containers have changed. */
  scheduleIfChanged() {
    const { reason } = this.current ?? {};
    if (this.deps.observations.units.version === this.readVersion || reason === 'address' || reason === 'missing')
      return;
    this.throttle.schedule(reason === 'failed' ? retryDelay : delay);
  }

  dispose() {
    this.throttle.dispose();
  }

  private async read() {
    if (this.isReading) {
      this.isDue = true;
      return;
    }
    const { host, source, observations, eventHub, onDidChange } = this.deps;
    this.isReading = true;
    this.isDue = false;
    this.readVersion = observations.units.version;
    const before = [this.current, this.failed.join()];
    try {
      await this.readUnits();
      if (this.current?.reason === 'failed') this.retry();
      else this.retries = 0;
    } catch (thrown) {
      host.log.warn(`systemd of ${source().label}: ${EngineError.from(thrown).message}`);
      this.retry();
    } finally {
      this.isReading = false;
    }
    if (before[0] !== this.current || before[1] !== this.failed.join()) onDidChange();
    eventHub.notify();
    if (this.isDue) this.throttle.schedule(delay);
    this.scheduleIfChanged();
  }

  /** A busy machine may respond later. */
  private retry() {
    if (this.retries++ < maxRetries) this.throttle.schedule(retryDelay);
  }

  private async readUnits() {
    const { source, observations, host } = this.deps;
    const containers = [...observations.containers.values()].flatMap(({ key, labels, state }) => {
      const unit = systemdUnitOf({ labels });
      return unit !== undefined && isUnitName(unit) ? [{ key, unit, isActive: isActive(state) }] : [];
    });
    for (const { unit } of containers) if (this.remembered.size < maxRemembered) this.remembered.add(unit);
    const names = [...new Set([...containers.map(({ unit }) => unit), ...this.remembered])];
    if (names.length === 0) return;
    const options = { timeoutMs: deadline };
    const isKnown = this.current !== undefined;
    const active = containers.filter((one) => one.isActive);
    const known = active.length === 0 ? { machine: this.machine } : {};
    const access = await source().engine.systemd(active, { ...options, ...known });
    this.current = access;
    if (access.host) {
      const requestedAt = observations.nextVersion();
      this.machine ??= await access.host.identity(options);
      const all = new Set([...names, ...(await access.host.generated(options))]);
      const units = await access.host.show([...all].slice(0, maxUnits), options);
      this.apply(units, requestedAt, new Set(containers.map(({ unit }) => unit)));
    } else if (!isKnown) {
      const text = [access.reason, access.detail].filter(Boolean).join(', ');
      host.log.info(`systemd of ${source().label} cannot be reached: ${text}`);
    }
  }

  /** @param withContainer the units that have a container */
  private apply(units: readonly SystemdUnit[], requestedAt: number, withContainer: ReadonlySet<string>) {
    const { observations } = this.deps;
    const others = units.filter(({ name }) => !withContainer.has(name));
    for (const { name, loadState } of others) if (loadState === 'not-found') this.remembered.delete(name);
    this.failed = others.filter(hasUnitFailed).map(({ name }) => name);
    const isChanging = others.some(({ activeState }) => activeState.endsWith('ivating'));
    this.isSettling = isChanging && !this.isSettling;
    if (this.isSettling) this.throttle.schedule(settleDelay);
    const { containers, pods } = observations;
    const found = new Map(units.flatMap((unit) => (unit.loadState === 'not-found' ? [] : [[unit.name, unit]])));
    const states = new Map([...found].map(([name, unit]) => [name, stateOf(unit)]));
    const stopped = others.filter((unit) => this.isStopped(unit)).map((unit) => this.toNode(stateOf(unit)));
    const edges = systemdEdges([...containers.values(), ...stopped], pods.values(), found);
    const text = JSON.stringify([[...states], edges, stopped]);
    if (text === this.lastUnits && stopped.length === observations.units.stopped.length) return;
    this.lastUnits = text;
    observations.applyUnits(requestedAt, states, edges, stopped);
  }

  /** Only of Quadlet: other units may do anything else. */
  private isStopped(unit: SystemdUnit): boolean {
    if (unit.loadState !== 'loaded') return false;
    const isKnown = this.remembered.has(unit.name) && hasUnitFailed(unit);
    return isKnown || (isQuadlet(unit.sourcePath) && /^(inactive|failed)$/.test(unit.activeState));
  }

  private toNode(systemdUnit: SystemdUnitState): ContainerNode {
    const { name } = systemdUnit;
    const unlisted = unlistedContainer(nodeKey(this.deps.source().id, 'container', name), name);
    return { ...unlisted, state: 'exited', labels: { [SYSTEMD_UNIT]: name }, systemdUnit };
  }
}

function hasUnitFailed({ activeState, exitStatus }: SystemdUnit): boolean {
  return activeState === 'failed' && !stopCodes.has(exitStatus);
}

function stateOf(unit: SystemdUnit): SystemdUnitState {
  return {
    name: unit.name,
    file: unit.sourcePath || unit.fragmentPath,
    isQuadlet: isQuadlet(unit.sourcePath),
    isDeletable: isOwnQuadlet(unit.sourcePath),
    activeState: unit.activeState,
    hasFailed: hasUnitFailed(unit),
    fileState: unit.unitFileState,
    needsReload: unit.needDaemonReload,
  };
}
