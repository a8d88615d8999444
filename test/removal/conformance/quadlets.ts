import fc from 'fast-check';
import { expect } from 'vitest';
import type { EngineSystemd } from '../../../scripts/engines/systemd';
import { waitFor } from '../../../scripts/waitFor';
import { systemdUnitOf } from '../../../src/graph/model/labels';
import { isStoppedUnit, parseKey, type NodeKey } from '../../../src/graph/model/model';
import type { Plan } from '../../../src/graph/plan/plan';
import type { Service } from '../../../src/service';
import {
  endedJobs,
  expectOrder,
  journalCursor,
  machineInside,
  restartedContainer,
  unitStates,
  writeQuadlets,
} from '../../engine/contract/units';
import { createTestService } from '../../serviceAt';
import { conformanceTest, container, engineId, raw, theEngine } from './fixture';

const applications = 3;
const plansEach = 4;
const unitCount = 5;

const kinds = ['Requires', 'BindsTo', 'PartOf', 'Wants', 'After', 'Network'] as const;
const isHard = (kind: (typeof kinds)[number]) => kind === 'Requires' || kind === 'BindsTo' || kind === 'Network';

/** A relation of a unit to one with a lower index. */
interface Relation {
  readonly from: number;
  readonly to: number;
  readonly kind: (typeof kinds)[number];
  /** With `After=`. */
  readonly isOrdered: boolean;
}

const relations = fc
  .array(
    fc.record({
      from: fc.integer({ min: 1, max: unitCount - 1 }),
      to: fc.nat(unitCount - 2),
      kind: fc.constantFrom(...kinds),
      isOrdered: fc.boolean(),
    }),
    { minLength: 3, maxLength: 8 },
  )
  .map((all) => {
    const distinct = new Map(all.map((one) => [`${one.from} ${one.to % one.from}`, { ...one, to: one.to % one.from }]));
    const joined = new Set<number>();
    // A container joins the network of only one other.
    return [...distinct.values()].map((one): Relation => {
      if (one.kind !== 'Network' || !joined.has(one.from)) {
        if (one.kind === 'Network') joined.add(one.from);
        return one;
      }
      return { ...one, kind: 'Requires' };
    });
  });

const step = fc.record({
  action: fc.constantFrom('stop', 'start', 'restart', 'remove'),
  picks: fc.array(fc.nat(unitCount - 1), { minLength: 1, maxLength: 2 }),
});

/** All that is reached from these units by relations that `follow` returns for a unit. */
function closure(from: Iterable<number>, follow: (unit: number) => readonly number[]): Set<number> {
  const found = new Set(from);
  for (const one of found) for (const other of follow(one)) found.add(other);
  return found;
}

/** The units that systemd stops with a unit, or starts with it. */
const relatedUnits = (all: readonly Relation[]) => ({
  stopped: (unit: number) =>
    all.filter(({ to, kind }) => to === unit && (isHard(kind) || kind === 'PartOf')).map(({ from }) => from),
  started: (unit: number) =>
    all.filter(({ from, kind }) => from === unit && (isHard(kind) || kind === 'Wants')).map(({ to }) => to),
});

/** Quadlets with random relations, one without any, and a container of no unit. */
class Application {
  readonly units: readonly string[];
  readonly outsider: string;

  constructor(
    private readonly systemd: EngineSystemd,
    private readonly folder: string,
    readonly all: readonly Relation[],
  ) {
    this.units = Array.from({ length: unitCount }, (_, index) => `${folder}-${index}.service`);
    this.outsider = `${folder}-outsider.service`;
  }

  async start() {
    const files = [...this.units, this.outsider].map((unit, index): [file: string, text: string] => {
      const name = unit.replace('.service', '');
      const own = this.all.filter(({ from }) => from === index);
      const lines = own.flatMap(({ to, kind, isOrdered }) => [
        ...(kind === 'Network' ? [] : [`${kind}=${this.units[to]}`]),
        ...(isOrdered && kind !== 'After' ? [`After=${this.units[to]}`] : []),
      ]);
      const network = own
        .filter(({ kind }) => kind === 'Network')
        .map(({ to }) => `Network=${this.folder}-${to}.container`);
      const text = restartedContainer(
        [`ContainerName=${name}`, 'StopTimeout=10', ...network].join('\n'),
        lines.join('\n'),
      );
      return [`${this.folder}/${name}.container`, text];
    });
    await writeQuadlets(this.systemd, Object.fromEntries(files));
    const { code, stderr } = await this.systemd.systemctl(['start', ...this.units, this.outsider]);
    expect(code, stderr).toBe(0);
  }

  async remove() {
    await this.systemd.systemctl(['stop', ...this.units, this.outsider]);
    await this.systemd.run(['rm', '-r', `${this.systemd.quadlets}/${this.folder}`]);
    await this.systemd.systemctl(['daemon-reload']);
  }

  states() {
    return unitStates(this.systemd, [...this.units, this.outsider]);
  }

  /** The node of each unit, once the service knows their present states. */
  async nodes(service: Service, active: ReadonlySet<number>): Promise<readonly NodeKey[]> {
    return waitFor('a node of each unit', async () => {
      await service.refresh();
      const nodes = [...service.snapshot.graph.nodes.values()];
      const keys = this.units.flatMap((unit, index) => {
        const own = nodes.filter((node) => systemdUnitOf(node) === unit);
        const [node] = own;
        return own.length === 1 && node && isStoppedUnit(node) !== active.has(index) ? [node.key] : [];
      });
      return keys.length === unitCount && keys;
    });
  }
}

/** Names of running containers, by the engine. */
async function runningNames(): Promise<readonly string[]> {
  const { json } = await raw('GET', '/containers/json?all=true');
  return (json as { Names: string[]; State: string }[]).map(({ Names, State }) => `${Names[0]} ${State}`).sort();
}

async function startTime(key: NodeKey): Promise<string> {
  const { json } = await raw('GET', `/containers/${parseKey(key).id}/json`);
  return (json as { State: { StartedAt: string } }).State.StartedAt;
}

/** Random plans over Quadlets with random relations. */
export function quadlets(): void {
  const samples = fc.sample(
    fc.tuple(relations, fc.array(step, { minLength: plansEach, maxLength: plansEach })),
    applications,
  );
  for (const [index, [all, steps]] of samples.entries()) {
    conformanceTest(`random plans over Quadlets, application ${index + 1}`, 'real', () =>
      checkPlans(`q${index}`, all, steps),
    );
  }
}

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function checkPlans(folder: string, all: readonly Relation[], steps: readonly Step[]): Promise<void> {
  const { systemd, socket, name } = theEngine();
  if (!systemd) throw new Error(`${name} has no systemd`);
  const application = new Application(systemd, folder, all);
  const address = { kind: 'unix', path: socket } as const;
  const service = createTestService([{ id: engineId, label: name, address, machine: machineInside(systemd) }]);
  try {
    await application.start();
    const other = await container({ name: `${folder}-other` });
    const otherStart = await startTime(other);
    service.setVisible(true);
    const done = [
      all.map(({ from, to, kind, isOrdered }) => `${from} ${kind} ${to}${isOrdered ? ' after' : ''}`).join(', '),
    ];
    for (const { action, picks } of steps) {
      const before = await application.states();
      const active = new Set([...application.units.keys()].filter((unit) => before[unit]?.state === 'active running'));
      const candidates = [...application.units.keys()].filter((unit) => active.has(unit) === (action !== 'start'));
      if (candidates.length === 0) continue;
      const chosen = new Set(picks.map((pick) => candidates[pick % candidates.length] as number));
      done.push(`${action} ${[...chosen].join('+')} of ${[...active].join('+')}`);
      const keys = await application.nodes(service, active);
      const cursor = await journalCursor(systemd);
      const plan = await planned(
        service,
        action,
        [...chosen].map((unit) => keys[unit] as NodeKey),
      );
      expect(plan.blockers, done.join('; ')).toEqual([]);
      const report = await service.run(plan).done;

      // As systemd does it.
      const { stopped, started } = relatedUnits(all);
      const down =
        action === 'start'
          ? new Set<number>()
          : new Set([...closure(chosen, stopped)].filter((unit) => active.has(unit)));
      const up =
        action === 'start' || action === 'restart'
          ? new Set(
              [...closure(action === 'start' ? chosen : down, started)].filter(
                (unit) => !active.has(unit) || down.has(unit),
              ),
            )
          : new Set<number>();
      const affected = new Set([...down, ...up]);
      const unitsOf = (units: Iterable<number>) => [...units].map((unit) => application.units[unit] as string).sort();

      const outcome = action === 'remove' ? 'removed' : 'done';
      const reported = [...report.nodes.values()].map(
        ({ node, outcome: { kind } }) => `${node.kind === 'volume' ? '' : systemdUnitOf(node)} ${kind}`,
      );
      expect(reported.sort(), done.join('; ')).toEqual(unitsOf(affected).map((unit) => `${unit} ${outcome}`));

      const after = await application.states();
      for (const [unit, { state, invocation }] of after.entries()) {
        const was = before[unit];
        const isUp = up.has(unit) || (was?.state === 'active running' && !down.has(unit));
        expect([unit, state], done.join('; ')).toEqual([unit, isUp ? 'active running' : 'inactive dead']);
        // Outsiders have not been started again.
        if (isUp) expect([unit, invocation === was?.invocation], done.join('; ')).toEqual([unit, !up.has(unit)]);
      }
      const present = after.flatMap(({ unit, state }) =>
        state === 'active running' ? [unit.replace('.service', '')] : [],
      );
      expect(await runningNames(), done.join('; ')).toEqual(
        [...present, `${folder}-other`].map((one) => `${one} running`).sort(),
      );
      expect(await startTime(other)).toBe(otherStart);

      // Without `After=`, which Quadlet adds for a network, systemd starts and stops both at the same time.
      const pairsAmong = (units: ReadonlySet<number>) =>
        all
          .filter(
            ({ from, to, kind, isOrdered }) =>
              units.has(from) && units.has(to) && (isOrdered || kind === 'Network' || kind === 'After'),
          )
          .map(({ from, to }) => [application.units[to] as string, application.units[from] as string] as const);
      if (down.size > 0) expectOrder('stop', await endedJobs(systemd, 'stop', cursor), pairsAmong(down));
      if (up.size > 0) expectOrder('start', await endedJobs(systemd, 'start', cursor), pairsAmong(up));
    }
  } finally {
    service.dispose();
    await application.remove();
  }
}

function planned(service: Service, action: Step['action'], chosen: readonly NodeKey[]): Promise<Plan> {
  return waitFor('a plan through systemd', async () => {
    const plan = await service.plan({ chosen, isAll: false }, { action, dependents: 'include', running: 'stop' });
    // On a busy machine, systemd may not respond in time.
    const isUnreachable = [...(plan.options.systemd?.values() ?? [])].some(({ obstacle }) => obstacle);
    return !isUnreachable && plan;
  });
}
