import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { type RunningEngine, startEngine } from '../../../scripts/engines/engine';
import { exitsAfter } from '../../../scripts/engines/fleet';
import { request } from '../../../scripts/engines/http';
import { dockerCompose, podmanCompose, type ProjectTool } from '../../../scripts/engines/projectTools';
import { type Bench, type BenchOptions, type BenchRow, comparedRow, type Samples, withTarget } from '../benchmark';
import { rawList } from '../live/benchEngines';
import { ours } from './podgraph';

const NAME = 'removal-project';
const PROJECT = 'shop';

/** Seconds that each service takes to exit, and the services that it depends on. */
const SERVICES: Readonly<Record<string, readonly [seconds: number, dependsOn: readonly string[]]>> = {
  db: [3, []],
  cache: [1, []],
  queue: [2, []],
  api: [1, ['db', 'cache']],
  worker: [2, ['db', 'queue']],
  web: [1, ['api']],
};

export const bench: Bench = {
  about: `Removes a project of six services with \`depends_on\`, which need 1 to 3 s to exit: one made and removed by \`docker compose\`
on Docker, and one by \`podman-compose\` on Podman. *Wrong* counts the dependencies that went down before a service that depends
on them, by the engine's own events; *left* counts containers.`,
  run: async (options) => {
    const rows: BenchRow[] = [];
    for (const line of new Set([options.engine, 'docker'] as const)) rows.push(...(await measure(line, options)));
    return rows;
  },
};

async function measure(line: BenchOptions['engine'], { quick, log }: BenchOptions): Promise<BenchRow[]> {
  const engine = await startEngine(line);
  try {
    const tool = await toolOf(engine);
    const peerName = `${tool.name} down`;
    const samples = new Map([ours.name, peerName].map((name) => [name, newSamples()]));
    for (let round = 0; round < (quick ? 1 : 3); round++) {
      for (const [name, own] of samples) {
        await tool.compose('up', '-d');
        const remove =
          name === ours.name
            ? await ours.prepare(engine, { pods: [], chains: [] })
            : () => tool.compose('down', '--timeout', '30');
        const since = Math.floor(Date.now() / 1000);
        const began = performance.now();
        await remove();
        own.seconds.values.push((performance.now() - began) / 1000);
        const wrong = await countWrong(engine, since);
        own.wrong.push(wrong);
        own.left = Math.max(own.left, (await rawList(engine)).length);
        log(`${NAME}, ${engine.name}: ${name}: ${own.seconds.values.at(-1)?.toFixed(2)} s, ${wrong} wrong`);
        await tool.compose('down', '--timeout', '30');
      }
    }
    const [own, peer] = [samples.get(ours.name), samples.get(peerName)];
    if (!own || !peer) return [];
    const timed = ({ seconds, left }: typeof own): Samples => ({ values: seconds.values, left });
    const took = comparedRow(`${NAME}, ${tool.name}`, 's', timed(own), peerName, timed(peer));
    const order = comparedRow(`${NAME}, order, ${tool.name}`, 'wrong', { values: own.wrong }, peerName, {
      values: peer.wrong,
    });
    return [took, withTarget(order, 'none wrong', (one) => one.spread[1] === 0)].map((row) => ({
      ...row,
      engine: engine.name,
    }));
  } finally {
    await engine.stop();
  }
}

const newSamples = () => ({ seconds: { values: [] as number[] }, wrong: [] as number[], left: 0 });

/** The compose program of the engine, with the project's file. */
async function toolOf(engine: RunningEngine) {
  const isDocker = engine.flavour === 'docker';
  const tool = await (isDocker ? dockerCompose(engine) : podmanCompose(engine));
  if ('missing' in tool) throw new Error(tool.missing);
  const services = Object.fromEntries(
    Object.entries(SERVICES).map(([name, [seconds, dependsOn]]) => [
      name,
      {
        image: 'localhost/bb:1',
        network_mode: 'none',
        command: exitsAfter(seconds),
        stop_grace_period: '30s',
        depends_on: dependsOn,
      },
    ]),
  );
  const file = path.join(path.dirname(engine.socket), `${PROJECT}.yaml`);
  await writeFile(file, JSON.stringify({ services }));
  const compose = async (...args: string[]) => succeed(tool, ['-f', file, '-p', PROJECT, ...args]);
  return { compose, name: isDocker ? 'docker compose' : 'podman-compose' };
}

async function succeed(tool: ProjectTool, args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await tool(args);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${stdout}\n${stderr}`);
}

/** Dependencies that ended before a service that depends on them, by the engine's events since this time in seconds. */
async function countWrong(engine: RunningEngine, since: number): Promise<number> {
  const until = Math.ceil(Date.now() / 1000);
  const { text } = await request(engine.socket, 'GET', `/v1.41/events?since=${since}&until=${until}`);
  const endedAt = new Map<string, number>();
  for (const line of text.split('\n').filter(Boolean)) {
    const { Action, Actor, timeNano } = JSON.parse(line) as {
      readonly Action: string;
      readonly Actor: { readonly Attributes: Readonly<Record<string, string>> };
      readonly timeNano: number;
    };
    const service = /^shop[-_](\w+?)[-_]1$/.exec(Actor.Attributes['name'] ?? '')?.[1];
    if (service !== undefined && /^died?$/.test(Action)) endedAt.set(service, timeNano);
  }
  if (endedAt.size < Object.keys(SERVICES).length)
    throw new Error(`Events show the end of ${[...endedAt.keys()].join(', ')} only.`);
  const edges = Object.entries(SERVICES).flatMap(([name, [, dependsOn]]) => dependsOn.map((on) => [name, on] as const));
  return edges.filter(([name, on]) => (endedAt.get(on) ?? 0) < (endedAt.get(name) ?? 0)).length;
}
