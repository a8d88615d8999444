import type { Engine, RemoveOptions } from '../../src/engine/engine';
import { EngineError } from '../../src/engine/error';
import { isOwnQuadlet, isUnitName, type SystemdHost, type SystemdUnit } from '../../src/engine/systemd/systemd';
import { nodeKey, type NodeKey, parseKey } from '../../src/graph/model/model';
import type { SimulatedContainer } from './containerModel';
import { RecipeEngine } from './recipeEngine';

interface FakeUnit {
  /** The first one's monitor is the main process of the unit. */
  readonly names: readonly string[];
  readonly file: string;
  /** Units whose stop stops this one; a start starts them. */
  readonly requires: readonly string[];
  /** Units whose stop stops this one. */
  readonly partOf: readonly string[];
  active: SystemdUnit['activeState'];
  result: string;
  invocation: number;
}

const unitName = (container: string) => `${container}.service`;
/** Instances of a template have one file. */
const fileOf = (container: string) => `/etc/containers/systemd/${container.replace(/@.*/, '@')}.container`;

/** A fake engine whose containers are made by Quadlet units of a fake systemd, which starts again what something else stops. */
export class QuadletEngine extends RecipeEngine {
  readonly units = new Map<string, FakeUnit>();
  readonly files = new Map<string, string>();
  /** Commands that changed something, in order. */
  readonly commands: string[] = [];
  /** Units whose start fails. */
  readonly failing = new Set<string>();
  /** Units that the user may not control. */
  readonly denied = new Set<string>();
  /** Units whose stop does not end in time: systemd kills their containers. */
  readonly timingOut = new Set<string>();
  /** Milliseconds that a stop of these units takes. */
  readonly stopMs = new Map<string, number>();
  /** Units whose files have changed since systemd read them. */
  readonly changed = new Set<string>();
  isReachable = true;
  private creations = 0;

  override systemd: Engine['systemd'] = async () =>
    this.isReachable ? { host: this.host } : { reason: 'failed', detail: 'no bus' };

  override readonly inspectRaw: Engine['inspectRaw'] = async (key) => {
    const unit = this.unitAt(key);
    const position = unit ? unit.names.indexOf(this.nodeAt(key)?.name ?? '') : 0;
    return { State: { Running: unit !== undefined, ConmonPid: unit ? this.pidOf(unit) + position : 7 } };
  };

  /** Adds a running container and its unit. */
  addUnit(container: string, requires: readonly string[] = [], partOf: readonly string[] = []) {
    const names = (all: readonly string[]) => all.map(unitName);
    const relations = { requires: names(requires), partOf: names(partOf) };
    this.define(unitName(container), { names: [container], file: fileOf(container), ...relations });
  }

  /** Adds running containers and their one unit. */
  addKube(name: string, names: readonly string[]) {
    const file = `/etc/containers/systemd/${name}.kube`;
    this.define(unitName(name), { names, file, requires: [], partOf: [] });
  }

  /** systemd starts a unit again whose container has exited. */
  restartUnit(name: string) {
    const unit = this.units.get(unitName(name)) as FakeUnit;
    unit.invocation++;
    this.recreate(unit);
  }

  /** The present containers, by name. */
  present(): string[] {
    return [...this.containers.values()].map((one) => this.nodeOf(one).name).sort();
  }

  readonly host: SystemdHost = {
    scope: 'system',
    identity: async () => 'system m1',
    show: async (units) => {
      this.note(units);
      await this.turn('show');
      return units.map((name) => this.unitState(name));
    },
    generated: async () => [...this.units.keys()],
    stop: (unit, options) => this.command('stop', unit, () => this.stopUnit(unit, options?.timeoutMs)),
    start: (unit) => this.command('start', unit, () => this.startUnit(unit)),
    restart: (unit) =>
      this.command('restart', unit, async () => {
        await this.stopUnit(unit);
        await this.startUnit(unit);
      }),
    daemonReload: async () => this.reload(),
    readUnitFile: async (path) => {
      const text = this.files.get(path);
      if (text === undefined) throw new EngineError('gone', path);
      return text;
    },
    journal: async () => 'no such image',
    deleteQuadlet: async (path) => {
      this.commands.push(`rm ${path}`);
      if (!isOwnQuadlet(path)) throw new EngineError('unsupported', path);
      if (!this.files.delete(path)) throw new EngineError('gone', path);
    },
    writeQuadlet: async (path, text) => {
      this.commands.push(`write ${path}`);
      this.files.set(path, text);
    },
  };

  override remove(key: NodeKey, options: RemoveOptions): Promise<void> {
    return this.undo(key, () => super.remove(key, options));
  }

  override stop(key: NodeKey): Promise<void> {
    return this.undo(key, () => super.stop(key));
  }

  override kill(key: NodeKey, signal?: string): Promise<void> {
    return this.undo(key, () => super.kill(key, signal));
  }

  private define(name: string, unit: Pick<FakeUnit, 'names' | 'file' | 'requires' | 'partOf'>) {
    const started: FakeUnit = { ...unit, active: 'active', result: 'success', invocation: 1 };
    this.units.set(name, started);
    this.files.set(unit.file, `[Container]\nContainerName=${unit.names.join()}\n`);
    for (const one of unit.names) this.create(name, one, one);
  }

  private reload() {
    this.commands.push('daemon-reload');
    this.changed.clear();
    for (const [name, { file }] of this.units) if (!this.files.has(file)) this.units.delete(name);
    for (const file of this.files.keys()) {
      const container = file.replace(/^.*\/|\.container$/g, '');
      if ([...this.units.values()].some((unit) => unit.file === file)) continue;
      const state = { active: 'inactive', result: 'success', invocation: 0 };
      this.units.set(unitName(container), { names: [container], file, requires: [], partOf: [], ...state });
    }
  }

  private note(units: readonly string[]) {
    for (const unit of units) {
      if (!isUnitName(unit)) this.violations.push(`not a unit name: ${unit}`);
    }
  }

  private async command(verb: string, unit: string, run: () => Promise<void>) {
    this.note([unit]);
    if (this.denied.has(unit)) throw new EngineError('denied', 'Access denied');
    this.commands.push(`${verb} ${unit}`);
    await run();
  }

  private unitState(name: string): SystemdUnit {
    const unit = this.units.get(name);
    const others = (relation: 'requires' | 'partOf') =>
      [...this.units].flatMap(([other, one]) => (one[relation].includes(name) ? [other] : []));
    return {
      name,
      loadState: unit ? 'loaded' : 'not-found',
      activeState: unit?.active ?? 'inactive',
      subState: '',
      unitFileState: 'generated',
      fragmentPath: `/run/systemd/generator/${name}`,
      sourcePath: unit?.file ?? '',
      needDaemonReload: this.changed.has(name),
      result: unit?.result ?? 'success',
      requires: unit?.requires ?? [],
      ...{ requisite: [], bindsTo: [], wants: [], after: unit?.requires ?? [], before: [], boundBy: [] },
      partOf: unit?.partOf ?? [],
      requiredBy: others('requires'),
      consistsOf: others('partOf'),
      timeoutStartSec: 90,
      timeoutStopSec: 90,
      mainPid: unit?.active === 'active' ? this.pidOf(unit) : 0,
      exitStatus: 0,
      invocationId: String(unit?.invocation ?? ''),
    };
  }

  private pidOf(unit: FakeUnit): number {
    return 1000 + [...this.units.values()].indexOf(unit) * 100 + unit.invocation;
  }

  private nodeAt(key: NodeKey) {
    const one = this.containers.get(key);
    return one && this.nodeOf(one);
  }

  private unitAt(key: NodeKey): FakeUnit | undefined {
    const node = this.nodeAt(key);
    const unit = [...this.units.values()].find(({ names }) => node !== undefined && names.includes(node.name));
    return unit?.active === 'active' ? unit : undefined;
  }

  private async stopUnit(name: string, timeoutMs = Infinity) {
    const unit = this.units.get(name);
    if (!unit || unit.active === 'inactive' || unit.active === 'failed') return;
    unit.active = 'deactivating';
    const { requiredBy, consistsOf } = this.unitState(name);
    await Promise.all([...requiredBy, ...consistsOf].map((other) => this.stopUnit(other)));
    await this.turn('stopping');
    const stopMs = this.stopMs.get(name) ?? 0;
    if (stopMs > 0) await new Promise((resolve) => setTimeout(resolve, Math.min(stopMs, timeoutMs)));
    if (stopMs > timeoutMs) throw new EngineError('timeout', 'systemctl: no response');
    for (const one of this.ofUnit(unit)) this.removeExternally(parseKey(one.key).id);
    const isTimeout = this.timingOut.has(name);
    Object.assign(unit, isTimeout ? { active: 'failed', result: 'timeout' } : { active: 'inactive' });
  }

  private async startUnit(name: string) {
    const unit = this.units.get(name);
    if (!unit) throw new EngineError('unknown', `Unit ${name} not found.`);
    if (unit.active === 'active') return;
    for (const other of unit.requires) await this.startUnit(other);
    await this.turn('starting');
    unit.invocation++;
    if (this.failing.has(name)) {
      Object.assign(unit, { active: 'failed', result: 'exit-code' });
      throw new EngineError('unknown', `Job for ${name} failed`);
    }
    unit.active = 'active';
    this.createAll(unit);
  }

  private createAll(unit: FakeUnit) {
    const [name = ''] = [...this.units].find(([, one]) => one === unit) ?? [];
    for (const container of unit.names) this.create(name, container, `${container}~${++this.creations}`);
  }

  private recreate(unit: FakeUnit) {
    for (const one of this.ofUnit(unit)) this.removeExternally(parseKey(one.key).id);
    this.createAll(unit);
  }

  private create(name: string, container: string, id: string) {
    const needs = (this.units.get(name)?.requires ?? []).flatMap((other) =>
      this.ofUnit(this.units.get(other)).map((one) => parseKey(one.key).id),
    );
    this.add({ name: id, state: 'running', needs, autoRemove: true, labels: { PODMAN_SYSTEMD_UNIT: name } });
    const key = nodeKey(this.id, 'container', id);
    this.emitEvent({ key, action: 'start', name: container, exitCode: undefined, at: this.creations });
  }

  private ofUnit(unit: FakeUnit | undefined): SimulatedContainer[] {
    return [...this.containers.values()].filter((one) => unit?.names.includes(this.nodeOf(one).name));
  }

  /** Restart=always: something else than the unit has ended the container. */
  private async undo(key: NodeKey, change: () => Promise<void>) {
    const unit = this.unitAt(key);
    await change();
    if (unit?.active === 'active') this.recreate(unit);
  }
}
