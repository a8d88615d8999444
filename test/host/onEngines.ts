import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { HostEngine } from '../../scripts/testing/hostEngines';
import type { PodgraphApi } from '../../src/extension';
import type { TreeElement } from '../../src/view/tree/treeElement';
import { EngineFleet } from './engineFleet';
import { resetWindow, focusView, placeOf, elementsOf, podgraph, settled, until } from './podgraph';

/** Name of the environment variable by which the runner tells of its engines. */
const variable = 'PODGRAPH_HOST_ENGINES';

/** Milliseconds that a case on a real engine may take, on a machine that does other things too: what is slower hangs. */
export const engineDeadline = 180_000;

/** A case that is not run, with the reason for the account at the end. */
export interface Reasoned {
  reason?: string;
}

/** Empty fleets on all engines that this run has. */
function fleetsOfRun(): readonly EngineFleet[] {
  const told = process.env[variable];
  if (!told) throw new Error(`${variable} names no engines: npm run test:host starts them`);
  return (JSON.parse(told) as readonly HostEngine[]).map((engine) => new EngineFleet(engine));
}

/** All engines of this run, filled and shown alone before a suite, and emptied after it. */
export function filledEngines(
  fill: (fleet: EngineFleet) => Promise<void>,
  take: (api: PodgraphApi) => void,
): readonly EngineFleet[] {
  const fleets = fleetsOfRun();
  before(async () => {
    const api = await podgraph();
    await Promise.all(fleets.map(fill));
    await showEngines(api, fleets);
    take(api);
  });
  afterEach(async () => resetWindow(await podgraph()));
  after(() => Promise.all(fleets.map((fleet) => fleet.clear())));
  return fleets;
}

/** A case where `reason` is undefined; else one that is told as not run because of that. */
export function itUnlessEngine(reason: string | undefined, name: string, work: () => Promise<void>): void {
  if (reason === undefined) it(name, work);
  else Object.assign<Mocha.Test, Reasoned>(it(name), { reason });
}

/** Why a case with pods cannot be run there. */
export function withoutPods({ hasPods, engine }: EngineFleet): string | undefined {
  return hasPods ? undefined : `${engine.name} has no pods`;
}

/** Shows these engines and no others, by their names, all that they hold seen. */
async function showEngines(api: PodgraphApi, fleets: readonly EngineFleet[]): Promise<void> {
  const connections = fleets.map(({ engine: { socket, name } }) => ({ address: addressOf(socket), name }));
  const settings = vscode.workspace.getConfiguration('podgraph');
  await settings.update('connections', connections, vscode.ConfigurationTarget.Global);
  await focusView();
  const labels = () => [...api.service.snapshot.engines.values()].map(({ label }) => label);
  await until(api, 'the engines of this run alone', () => labels().join() === fleets.map(nameOf).join());
  await settled(api);
}

function addressOf(socket: string): string {
  return process.platform === 'win32' ? `npipe://${socket.replaceAll('\\', '/')}` : `unix://${socket}`;
}

export function nameOf({ engine }: EngineFleet): string {
  return engine.name;
}

/** Places in the tree that stand for what is on one of the engines that are shown. */
export class TreeElements {
  constructor(
    private readonly api: PodgraphApi,
    private readonly fleet: EngineFleet,
  ) {}

  /** An engine that is shown alone has no place of its own. */
  get engine(): TreeElement | undefined {
    const { view } = this.api;
    const engines = elementsOf(this.api).filter(({ kind }) => kind === 'engine');
    return engines.find((place) => view.provider.faceOf(place).label === nameOf(this.fleet));
  }

  of(name: string): TreeElement {
    return placeOf(this.api, name, this.engine);
  }

  /** What stands for a compose project. */
  get project(): TreeElement {
    const found = elementsOf(this.api, this.engine).find(({ kind }) => kind === 'group');
    return found ?? assert.fail(`no project on ${nameOf(this.fleet)}`);
  }
}
