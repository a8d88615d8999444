// npm run recipes [-- LINE…]: tries each option of a container's creation on real engines, and writes docs/recipes.md: which
// options a recipe restores, and which it cannot, because the engine's inspect response does not contain them.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { EngineError } from '../src/engine/error';
import { differences, expectedDifferences } from '../src/engine/recipe/compare';
import { createRecipeOperations } from '../src/engine/recipe/create';
import type { ApiCall, EngineHttpClient } from '../src/engine/transport/engineHttpClient';
import { asObject, asString } from '../src/graph/model/untrusted';
import { nodeKey, parseKey } from '../src/graph/model/model';
import { engineAvailable, type RunningEngine, startEngine } from './engines/engine';
import { LIBPOD } from './engines/fleet';
import { type Answer, request } from './engines/http';
import { type EngineVersion, engineLine } from './engines/lines';
import { projectRoot } from './lab';
import { dockerOptions, libpodOptions, type Option } from './recipes/options';

type Result = 'restored' | 'lost' | 'refused' | `differs: ${string}`;

const defaultLines: readonly EngineVersion[] = ['podman-4.3', 'podman-5', 'podman-6', 'docker', 'docker-28'];
const lines = process.argv.length > 2 ? process.argv.slice(2).map(engineLine) : defaultLines;

type Call = (method: string, url: string, body?: unknown) => Promise<Answer>;

/** The production client needs the bundles that only the extension loads. */
function apiOf(call: Call): EngineHttpClient {
  const send = async (method: string, url: string, { query, body }: ApiCall) => {
    const search = new URLSearchParams(
      Object.entries(query ?? {}).map(([name, value]) => [name, String(value)] as [string, string]),
    );
    const answer = await call(method, query ? `${url}?${search.toString()}` : url, body);
    if (answer.status >= 300) throw new EngineError('unknown', answer.text.trim(), { status: answer.status });
    return answer;
  };
  const api: Pick<EngineHttpClient, 'json' | 'send'> = {
    json: async (...args) => (await send(...args)).json,
    send: async (...args) => ({ request: args[1], headers: {}, body: (await send(...args)).text, status: 200 }),
  };
  return api as EngineHttpClient;
}

async function tryOptions(running: RunningEngine): Promise<ReadonlyMap<string, Result>> {
  const isDocker = running.flavour === 'docker';
  const call = (method: string, url: string, body?: unknown) =>
    request(running.socket, method, isDocker ? url : LIBPOD + url, body);
  const recipes = createRecipeOperations({
    engine: { name: running.flavour, version: running.version },
    apiVersion: '1.45',
    api: apiOf(call),
    inspectRaw: async (key) => (await call('GET', `/containers/${parseKey(key).id}/json`)).json,
    fullIdOf: () => undefined,
  });
  const create = (name: string, { body }: Pick<Option, 'body'>) =>
    isDocker
      ? call('POST', `/containers/create?name=${name}`, { Image: 'bb:1', Cmd: ['/busybox', 'true'], ...body })
      : call('POST', '/containers/create', { image: 'localhost/bb:1', name, command: ['/busybox', 'true'], ...body });
  const inspect = async (name: string) => asObject((await call('GET', `/containers/${name}/json`)).json);
  await call('POST', '/networks/create', {
    ...(isDocker
      ? { Name: 'net', IPAM: { Config: [{ Subnet: '10.231.1.0/24' }] } }
      : { name: 'net', subnets: [{ subnet: '10.231.1.0/24' }] }),
  });
  await call('POST', '/secrets/create?name=secret', 'x');
  await create('base', { body: isDocker ? { HostConfig: { IpcMode: 'shareable' } } : {} });
  await create('plain', { body: {} });
  const plain = await inspect('plain');
  const attempt = async ({ body }: Option, name: string): Promise<Result> => {
    const created = await create(name, { body });
    if (created.status !== 201) return 'refused';
    const id = asString(asObject(created.json)['Id']);
    const before = await inspect(name);
    const idOf = (former: string) => (former === plain['Id'] ? id : undefined);
    const isVisible = differences({ ...plain, Name: before['Name'] }, before, idOf).length > 0;
    const recipe = await recipes.readRecipe(nodeKey('recipes', 'container', id));
    await call('DELETE', `/containers/${id}?force=true`);
    const again = await recipes.createFromRecipe(recipe, (former) => former);
    if (!isVisible) return 'lost';
    return again.differences.length === 0 ? 'restored' : `differs: ${again.differences.join(', ')}`;
  };
  const results = new Map<string, Result>();
  for (const [index, option] of (isDocker ? dockerOptions : libpodOptions).entries()) {
    const result = attempt(option, `option${index}`);
    results.set(option.name, await result.catch((thrown: unknown) => `differs: ${String(thrown)}` as const));
  }
  return results;
}

function table(options: readonly Option[], columns: ReadonlyMap<string, ReadonlyMap<string, Result>>): string {
  const rows = options.map(({ name, note }) => {
    const cells = [...columns.values()].map((results) => results.get(name) ?? '');
    return `| \`${name}\` | ${cells.join(' | ')} | ${note ?? ''} |`;
  });
  const titles = [...columns.keys()];
  return [`| option | ${titles.join(' | ')} | note |`, `|---|${titles.map(() => '---|').join('')}---|`, ...rows].join(
    '\n',
  );
}

const podman = new Map<string, ReadonlyMap<string, Result>>();
const docker = new Map<string, ReadonlyMap<string, Result>>();
for (const line of lines) {
  const availability = await engineAvailable(line);
  if (!availability.available) throw new Error(`${line} is not available here: ${availability.reason}`);
  const running = await startEngine(line);
  try {
    (running.flavour === 'docker' ? docker : podman).set(running.name, await tryOptions(running));
    console.log(`${running.name}: done`);
  } finally {
    await running.stop();
  }
}

const ignored = expectedDifferences.map(
  ({ fields, reason }) => `- ${reason}: ${fields.map((field) => `\`${field}\``).join(', ')}`,
);
const text = `# Recipes

Generated by \`npm run recipes\`; do not edit.

A recipe is the engine's own inspect response. *Bring Back* and *Recreate* build a create request from it, and compare the
inspect response of the new container with the recipe. This is what they restore.

- **restored**: the new container's inspect response equals the recipe.
- **lost**: the engine's inspect response does not contain the option. With Podman's command line the container's
  \`CreateCommand\` does, and its value is taken from there where noted.
- **refused**: this engine does not accept the option.

## Podman: fields of \`POST /libpod/containers/create\`

${table(libpodOptions, podman)}

## Docker: fields of \`POST /containers/create\`

${table(dockerOptions, docker)}

## Other limits

- An unlimited \`ulimit\` is created as 2^64 - 2048 on Podman.
- The kube service container of \`podman kube play\` cannot be created; its pods work without it.
- An init container of a pod that another client created is known from the pod's YAML. Its type is \`always\`.
- A MAC address on a network beyond the first is lost if the container runs: Docker shows generated ones the same way.
- Removing a pod removes anonymous volumes of its infra container. They are replaced by new ones.

## Fields that are not compared

${ignored.join('\n')}

Lists are compared without their order; null, absent and empty values are equal.
`;
writeFileSync(path.join(projectRoot, 'docs', 'recipes.md'), text);
process.exit(0);
