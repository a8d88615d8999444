import type { Engine, RemoveOptions } from '../../src/engine/engine';
import { EngineError } from '../../src/engine/error';
import { isOwnQuadlet } from '../../src/engine/systemd/quadletFiles';
import { isUnitName, type SystemdHost, type SystemdUnit } from '../../src/engine/systemd/systemd';
import { nodeKey, type NodeKey, parseKey } from '../../src/graph/model/model';
import type { SimulatedContainer } from './containerModel';
import { RecipeEngine } from './recipeEngine';

interface FakeUnit {
  readonly container: string;
  /** Units whose stop stops this one; a start starts them. */
  readonly requires: readonly string[];
  /** Units whose stop stops this one. */
  readonly partOf: readonly string[];
  active: SystemdUnit['activeState'];
  result: string;
  invocation: number;
}

const unitName = (container: string) => `${container}.service`;
const fileOf = (container: string) => `/etc/containers/systemd/${container}.container`;

/** A fake engine whose containers are made by Quadlet units of a fake systemd, which starts again what something else stops. */
export class QuadletEngine extends RecipeEngine {
  readonly units = new Map<string, FakeUnit>();
  readonly files = new Map<string, string>();
  /** Commands that changed something, in order. */
  readonly commands: string[] = [];
  /** Units whose start fails. */
  readonly failing = new Set<string>();
  isReachable = true;
  private creations = 0;

  override systemd: Engine['systemd'] = async () =>
    this.isReachable ? { host: this.host } : { reason: 'failed', detail: 'no bus' };

  override readonly inspectRaw: Engine['inspectRaw'] = async (key) => {
    const unit = this.unitAt(key);
    return { State: { Running: unit !== undefined, ConmonPid: unit ? this.pidOf(unit) : 7 } };
  };

  /** Adds a running container and its unit. */
  addUnit(container: string, requires: readonly string[] = [], partOf: readonly string[] = []) {
    const names = (all: readonly string[]) => all.map(unitName);
    this.units.set(unitName(container), {
      ...{ container, requires: names(requires), partOf: names(partOf) },
      ...{ active: 'active', result: 'success', invocation: 1 },
    });
    this.files.set(fileOf(container), `[Container]\nContainerName=${container}\n`);
    this.create(container, container);
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
    stop: (unit) => this.command('stop', unit, () => this.stopUnit(unit)),
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

  private reload() {
    this.commands.push('daemon-reload');
    for (const [name, { container }] of this.units) if (!this.files.has(fileOf(container))) this.units.delete(name);
    for (const file of this.files.keys()) {
      const container = file.replace(/^.*\/|\.container$/g, '');
      if (this.units.has(unitName(container))) continue;
      const state = { active: 'inactive', result: 'success', invocation: 0 };
      this.units.set(unitName(container), { container, requires: [], partOf: [], ...state });
    }
  }

  private note(units: readonly string[]) {
    for (const unit of units) {
      if (!isUnitName(unit)) this.violations.push(`not a unit name: ${unit}`);
    }
  }

  private async command(verb: string, unit: string, run: () => Promise<void>) {
    this.note([unit]);
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
      sourcePath: unit ? fileOf(unit.container) : '',
      dropInPaths: [],
      needDaemonReload: false,
      result: unit?.result ?? 'success',
      requires: unit?.requires ?? [],
      ...{ requisite: [], bindsTo: [], wants: [], after: unit?.requires ?? [], before: [], boundBy: [], wantedBy: [] },
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

  private unitAt(key: NodeKey): FakeUnit | undefined {
    const one = this.containers.get(key);
    const unit = one && this.units.get(unitName(this.nodeOf(one).name));
    return unit?.active === 'active' ? unit : undefined;
  }

  private async stopUnit(name: string) {
    const unit = this.units.get(name);
    if (!unit || unit.active === 'inactive' || unit.active === 'failed') return;
    unit.active = 'deactivating';
    const { requiredBy, consistsOf } = this.unitState(name);
    await Promise.all([...requiredBy, ...consistsOf].map((other) => this.stopUnit(other)));
    await this.turn('stopping');
    for (const one of this.ofUnit(unit)) this.removeExternally(parseKey(one.key).id);
    unit.active = 'inactive';
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
    this.create(unit.container, `${unit.container}~${++this.creations}`);
  }

  private create(container: string, id: string) {
    const name = unitName(container);
    const needs = (this.units.get(name)?.requires ?? []).flatMap((other) =>
      this.ofUnit(this.units.get(other)).map((one) => parseKey(one.key).id),
    );
    this.add({ name: id, state: 'running', needs, autoRemove: true, labels: { PODMAN_SYSTEMD_UNIT: name } });
    const key = nodeKey(this.id, 'container', id);
    this.emitEvent({ key, action: 'start', name: container, pod: undefined, exitCode: undefined, at: this.creations });
  }

  private ofUnit(unit: FakeUnit | undefined): SimulatedContainer[] {
    return [...this.containers.values()].filter((one) => this.nodeOf(one).name === unit?.container);
  }

  /** Restart=always: something else than the unit has ended the container. */
  private async undo(key: NodeKey, change: () => Promise<void>) {
    const unit = this.unitAt(key);
    await change();
    if (unit?.active !== 'active') return;
    for (const one of this.ofUnit(unit)) this.removeExternally(parseKey(one.key).id);
    this.create(unit.container, `${unit.container}~${++this.creations}`);
  }
}
