import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type RunningEngine, startEngine } from '../../../scripts/engines/engine';
import { request } from '../../../scripts/engines/http';
import { dockerCompose, podmanCompose, type ProjectTool } from '../../../scripts/engines/projectTools';
import type { Service } from '../../../src/service';
import { type Bench, type BenchOptions, type BenchRow, comparedRow, withTarget } from '../benchmark';
import { rawList, rootOf } from '../live/benchEngines';
import { startService } from '../service';

const NAME = 'waiting';
const PROJECT = 'waiting';
/** Seconds from the start of a service until it is ready. */
const READY_AFTER = 2;

/** What each service waits for. */
const DEPENDENCIES: Readonly<Record<string, string>> = { api: 'db', web: 'api' };

export const bench: Bench = {
  about: `Restarts a project of \`docker compose\` on Docker, and one of \`podman-compose\` on Podman: db, api and web, each ready
${READY_AFTER} s after its start, and each but db with \`depends_on\` the one before it to be \`service_healthy\`. Counts the services that
were started before what they depend on was ready, or that do not run: 0 is right. Compared with the program's own \`restart\`, and with the calls of
Podman Desktop, which restarts all containers of a project at once.`,
  run: async (options) => {
    const rows: BenchRow[] = [];
    for (const line of new Set([options.engine, 'docker'] as const)) rows.push(...(await measure(line, options)));
    return rows;
  },
};

async function measure(line: BenchOptions['engine'], { quick, log }: BenchOptions): Promise<BenchRow[]> {
  const engine = await startEngine(line);
  try {
    const { compose, name } = await createProject(engine);
    const service = await startService(engine);
    const competitors: readonly (readonly [name: string, restart: () => Promise<unknown>])[] = [
      ['Podgraph', () => restartAll(service)],
      [`${name} restart`, () => compose('restart', '-t', '5')],
      ["Podman Desktop's calls", () => restartAtOnce(engine)],
    ];
    const counts = competitors.map((): number[] => []);
    for (let round = 0; round < (quick ? 1 : 3); round++) {
      for (const [index, [competitor, restart]] of competitors.entries()) {
        await restart();
        const wrong = await countWrong(engine);
        counts[index]?.push(wrong);
        log(`${NAME}, ${engine.name}: ${competitor}: ${wrong} wrong`);
      }
    }
    service.dispose();
    const [ours = [], ...peers] = counts;
    return peers.map((values, index) => {
      const peerName = competitors[index + 1]?.[0] ?? '';
      const row = comparedRow(`${NAME}, ${name}`, 'wrong', { values: ours }, peerName, { values });
      return withTarget({ ...row, engine: engine.name }, 'none wrong', (one) => one.spread[1] === 0);
    });
  } finally {
    await engine.stop();
  }
}

/** Creates and starts the project. */
async function createProject(engine: RunningEngine) {
  const isDocker = engine.flavour === 'docker';
  const tool = await (isDocker ? dockerCompose(engine) : podmanCompose(engine));
  if ('missing' in tool) throw new Error(tool.missing);
  const ready = `/busybox rm -f /ready; { /busybox sleep ${READY_AFTER}; /busybox touch /ready; } &`;
  const service = (name: string) => ({
    image: 'localhost/bb:1',
    network_mode: 'none',
    command: ['/busybox', 'sh', '-c', `trap "exit 0" TERM; ${ready} /busybox sleep 100000 & wait $!`],
    healthcheck: { test: ['CMD', '/busybox', 'test', '-f', '/ready'], interval: '1s', timeout: '5s', retries: 60 },
    ...(DEPENDENCIES[name] && { depends_on: { [DEPENDENCIES[name]]: { condition: 'service_healthy' } } }),
  });
  const file = path.join(path.dirname(engine.socket), `${PROJECT}.yaml`);
  const services = Object.fromEntries(['db', ...Object.keys(DEPENDENCIES)].map((name) => [name, service(name)]));
  await writeFile(file, JSON.stringify({ services }));
  const compose = async (...args: string[]) => succeed(tool, ['-f', file, '-p', PROJECT, ...args]);
  await compose(...(isDocker ? ['create', '--pull', 'never'] : ['up', '--no-start']));
  await compose('start');
  return { compose, name: isDocker ? 'docker compose' : 'podman-compose' };
}

async function succeed(tool: ProjectTool, args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await tool(args);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${stdout}\n${stderr}`);
}

async function restartAll(service: Service): Promise<void> {
  await service.refresh();
  const chosen = [...service.snapshot.graph.nodes.values()].flatMap(({ kind, key }) =>
    kind === 'container' ? key : [],
  );
  const plan = await service.plan(
    { chosen, isAll: false },
    { action: 'restart', dependents: 'include', running: 'stop' },
  );
  const report = await service.run(plan).done;
  const failed = [...report.nodes.values()].filter(({ outcome }) => outcome.kind !== 'done');
  if (failed.length > 0) throw new Error(JSON.stringify(failed.map(({ outcome }) => outcome)));
}

async function restartAtOnce(engine: RunningEngine): Promise<void> {
  const restarts = (await rawList(engine)).map(({ Id }) =>
    request(engine.socket, 'POST', `${rootOf(engine)}/containers/${Id}/restart?t=5`),
  );
  // Podman refuses to start a container while one that it requires is stopped: counted as wrong.
  await Promise.all(restarts);
}

/** Services that were started before what they depend on was ready, or that do not run. */
async function countWrong(engine: RunningEngine): Promise<number> {
  const startedAt = new Map<string, number>();
  for (const { Id, Names } of await rawList(engine)) {
    const { json } = await request(engine.socket, 'GET', `${rootOf(engine)}/containers/${Id}/json`);
    const { State } = json as { readonly State: { readonly StartedAt: string; readonly Running: boolean } };
    startedAt.set(
      /[-_](\w+?)[-_]1$/.exec(Names[0] ?? '')?.[1] ?? '',
      State.Running ? Date.parse(State.StartedAt) : NaN,
    );
  }
  const of = (name: string) => startedAt.get(name) ?? NaN;
  return Object.entries(DEPENDENCIES).filter(([name, on]) => !(of(name) >= of(on) + READY_AFTER * 1000)).length;
}
