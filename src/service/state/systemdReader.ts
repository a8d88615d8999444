import { EngineError } from '../../engine/error';
import { isQuadlet } from '../../engine/systemd/quadletFiles';
import { isUnitName, type SystemdAccess, type SystemdUnit } from '../../engine/systemd/systemd';
import { systemdUnitOf } from '../../graph/model/labels';
import { isActive, stopCodes, type SystemdUnitState } from '../../graph/model/model';
import { systemdEdges } from '../../graph/model/systemdEdges';
import type { EngineSource, ServiceDeps } from '../deps';
import { Throttle } from '../throttle';
import type { EngineEventHub } from './engineEventHub';
import type { EngineStateStore } from './stateStore';

/** Milliseconds for which changes are coalesced: a unit changes its state shortly after its container. */
const delay = 500;
/** Milliseconds until a machine that could not be asked is asked again, and how often without a change of containers. */
const retryDelay = 30_000;
const maxRetries = 3;
/** Milliseconds for one read of all units. */
const deadline = 5_000;
/** Milliseconds until a unit that was changing its state is read once more. */
const settleDelay = 2_000;
/** Units that are remembered after their containers are gone. */
const maxRemembered = 200;

export interface SystemdReaderDeps {
  readonly host: Pick<ServiceDeps, 'clock' | 'log'>;
  readonly source: () => EngineSource;
  readonly observations: EngineStateStore;
  readonly eventHub: EngineEventHub;
  /** Access to systemd changed. */
  readonly onDidChange: () => void;
}

/** Reads the systemd units of an engine's containers when these change: never two reads at a time. */
export class SystemdReader {
  private current: SystemdAccess | undefined;
  private lastUnits = '';
  /** Units whose containers were seen: a failed unit of a Quadlet has none. */
  private readonly remembered = new Set<string>();
  private failed: readonly string[] = [];
  private isSettling = false;
  private retries = 0;
  private readVersion = 0;
  private isReading = false;
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
    if (this.isReading) return;
    const { host, source, observations, eventHub, onDidChange } = this.deps;
    this.isReading = true;
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
    this.scheduleIfChanged();
  }

  /** A busy machine may answer later. */
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
    const access = await source().engine.systemd(
      containers.filter((one) => one.isActive),
      options,
    );
    this.current = access;
    if (access.host) this.apply(await access.host.show(names, options), new Set(containers.map(({ unit }) => unit)));
    else if (!isKnown) {
      const text = [access.reason, access.detail].filter(Boolean).join(', ');
      host.log.info(`systemd of ${source().label} is out of reach: ${text}`);
    }
  }

  /** @param withContainer the units that have a container */
  private apply(units: readonly SystemdUnit[], withContainer: ReadonlySet<string>) {
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
    const edges = systemdEdges(containers.values(), pods.values(), found);
    const text = JSON.stringify([[...states], edges]);
    if (text === this.lastUnits) return;
    this.lastUnits = text;
    observations.applyUnits(states, edges);
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
    activeState: unit.activeState,
    hasFailed: hasUnitFailed(unit),
    fileState: unit.unitFileState,
    needsReload: unit.needDaemonReload,
  };
}
