import { performance } from 'node:perf_hooks';
import { startEngine } from '../../../scripts/engines/engine';
import { createFleet } from '../../../scripts/engines/fleet';
import type { Service } from '../../../src/service';
import { build, type FleetShape, quick, stubborn } from '../removal/fleets';
import { withTarget, type Bench, type BenchOptions, type BenchRow, comparedRow } from '../row';
import { startService } from '../service';

const NAME = 'lifecycle';

type Strategy = 'stop' | 'start';

/** Seconds of each measurement, ours and the peer's. */
interface Samples {
  readonly ours: number[];
  readonly peer: number[];
}

export const bench: Bench = {
  about: `Stopping and starting 20 pods of three containers, against \`podman pod stop --all\` and \`podman pod start --all\` on
the same engine, in turn. Ours is from the command to the report, so with the plan before and the proof afterwards. In the
stubborn fleet one container of each pod ignores its stop signal and is killed when its grace of 10 s is over.`,
  run: async (options) => {
    const rows: BenchRow[] = [];
    for (const [kind, shape, most] of [
      ['stubborn', stubborn(options.quick), 0.6],
      ['quick', { ...quick(options.quick), chains: 0, links: 0 }, 1],
    ] as const) {
      const { engine, books } = await measure(kind, shape, options);
      for (const way of ['stop', 'start'] as const) {
        const { ours, peer } = books[way];
        const row = comparedRow(
          `${NAME}, ${way} of the ${kind} fleet`,
          's',
          { values: ours },
          `podman pod ${way} --all, ${kind} fleet`,
          {
            values: peer,
          },
        );
        const isMet = ({ ratio }: BenchRow) => ratio !== null && ratio <= most;
        rows.push(withTarget({ ...row, engine }, `at most ${most} times the time of podman`, isMet));
      }
    }
    return rows;
  },
};

/** Each way in turn on one engine: ours down and up, then the peer's down and up, so that each finds the same fleet. */
async function measure(kind: string, shape: FleetShape, { engine: line, quick: isQuick, say }: BenchOptions) {
  const engine = await startEngine(line);
  const books: Record<Strategy, Samples> = { stop: { ours: [], peer: [] }, start: { ours: [], peer: [] } };
  try {
    await build(createFleet(engine), shape);
    const service = await startService(engine);
    // A grace after another is minutes of waiting, which does not scatter.
    const rounds = isQuick ? 1 : 3;
    for (let round = 0; round < rounds; round++) {
      for (const way of ['stop', 'start'] as const) books[way].ours.push(await measureOnce(() => ourWay(service, way)));
      const isPatient = shape.stubbornPods > 0 && round > 0;
      for (const way of ['stop', 'start'] as const) {
        if (isPatient) continue;
        books[way].peer.push(await measureOnce(() => engine.cli(['pod', way, '--all'])));
      }
      const told = (way: Strategy) =>
        `${way} ${books[way].ours.at(-1)?.toFixed(2)} s, podman ${books[way].peer.at(-1)?.toFixed(2)} s`;
      say(`${NAME}: ${kind}: ${told('stop')}; ${told('start')}`);
    }
    service.dispose();
    return { engine: engine.name, books };
  } finally {
    await engine.stop();
  }
}

async function ourWay(service: Service, action: Strategy) {
  const chosen = [...service.snapshot.graph.nodes.keys()];
  const plan = await service.plan({ chosen, isAll: true }, { action, dependents: 'include', running: 'stop' });
  if (plan.nodes.size !== chosen.length)
    throw new Error(`${chosen.length - plan.nodes.size} nodes are as wanted already.`);
  const report = await service.run(plan).done;
  const bad = [...report.nodes.values()].filter(({ outcome }) => outcome.kind !== 'done');
  if (bad.length > 0) throw new Error(`${bad.length} nodes: ${JSON.stringify(bad[0]?.outcome)}`);
}

async function measureOnce(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}
