import { performance } from 'node:perf_hooks';
import { startEngine } from '../../../scripts/engines/engine';
import { createFleet } from '../../../scripts/engines/fleet';
import type { Service } from '../../../src/service';
import { build, type FleetShape, quick, stubborn } from '../removal/fleets';
import { withTarget, type Bench, type BenchOptions, type BenchRow, comparedRow } from '../benchmark';
import { startService } from '../service';

const NAME = 'lifecycle';

type Action = 'stop' | 'start';

/** Seconds of each measurement. */
interface Samples {
  readonly ours: number[];
  readonly peer: number[];
}

export const bench: Bench = {
  about: `Stops and starts 20 pods of three containers, compared with \`podman pod stop --all\` and \`podman pod start --all\` on
the same engine, interleaved. Our time is from the command to the report, including plan and verification. In the stubborn
fleet one container of each pod ignores its stop signal and is killed after its stop timeout of 10 s.`,
  limit: `what no profile has shown: only *removal-quick* was profiled, where Podman's own processes use the processors. The difference is
smaller than the spread of either.`,
  run: async (options) => {
    const rows: BenchRow[] = [];
    for (const [kind, shape] of [
      ['stubborn', stubborn(options.quick)],
      ['quick', { ...quick(options.quick), chains: 0, links: 0 }],
    ] as const) {
      const { engine, samples } = await measure(kind, shape, options);
      for (const action of ['stop', 'start'] as const) {
        const { ours, peer } = samples[action];
        const row = comparedRow(
          `${NAME}, ${action} of the ${kind} fleet`,
          's',
          { values: ours },
          `podman pod ${action} --all, ${kind} fleet`,
          {
            values: peer,
          },
        );
        const isMet = ({ ratio }: BenchRow) => ratio !== null && ratio <= 1;
        rows.push(withTarget({ ...row, engine }, 'no slower than podman', isMet));
      }
    }
    return rows;
  },
};

/** Alternates on one engine: ours stops and starts, then the peer, so that each gets the same state. */
async function measure(kind: string, shape: FleetShape, { engine: line, quick: isQuick, log }: BenchOptions) {
  const engine = await startEngine(line);
  const samples: Record<Action, Samples> = { stop: { ours: [], peer: [] }, start: { ours: [], peer: [] } };
  try {
    await build(createFleet(engine), shape);
    const service = await startService(engine);
    // Sequential stop timeouts take minutes and vary little, so the peer runs once.
    const rounds = isQuick ? 1 : 3;
    for (let round = 0; round < rounds; round++) {
      for (const action of ['stop', 'start'] as const)
        samples[action].ours.push(await measureOnce(() => runAction(service, action)));
      const skipsPeer = shape.stubbornPods > 0 && round > 0;
      for (const action of ['stop', 'start'] as const) {
        if (skipsPeer) continue;
        samples[action].peer.push(await measureOnce(() => engine.cli(['pod', action, '--all'])));
      }
      const progress = (action: Action) =>
        `${action} ${samples[action].ours.at(-1)?.toFixed(2)} s, podman ${samples[action].peer.at(-1)?.toFixed(2)} s`;
      log(`${NAME}: ${kind}: ${progress('stop')}; ${progress('start')}`);
    }
    service.dispose();
    return { engine: engine.name, samples };
  } finally {
    await engine.stop();
  }
}

async function runAction(service: Service, action: Action) {
  const chosen = [...service.snapshot.graph.nodes.keys()];
  const plan = await service.plan({ chosen, isAll: true }, { action, dependents: 'include', running: 'stop' });
  if (plan.nodes.size !== chosen.length)
    throw new Error(`${chosen.length - plan.nodes.size} nodes are not in the plan.`);
  const report = await service.run(plan).done;
  const failed = [...report.nodes.values()].filter(({ outcome }) => outcome.kind !== 'done');
  if (failed.length > 0) throw new Error(`${failed.length} nodes: ${JSON.stringify(failed[0]?.outcome)}`);
}

async function measureOnce(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}
