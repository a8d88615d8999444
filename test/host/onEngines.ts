import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { HostEngine } from '../../scripts/testing/hostEngines';
import type { PodgraphApi } from '../../src/extension';
import type { TreeElement } from '../../src/view/tree/treeElement';
import { EngineFleet } from './engineFleet';
import { resetWindow, focusView, elementOf, elementsOf, podgraph, synced, until } from './podgraph';

/** Environment variable with the engines of the run. */
const variable = 'PODGRAPH_HOST_ENGINES';

/** Milliseconds per test on a real engine, on a busy machine. */
export const engineTimeout = 180_000;

/** A skipped test with its reason, for the summary. */
export interface SkipReason {
  reason?: string;
}

/** Empty fleets on all engines of the run. */
function fleetsOfRun(): readonly EngineFleet[] {
  const value = process.env[variable];
  if (!value) throw new Error(`${variable} names no engines: npm run test:host starts them`);
  return (JSON.parse(value) as readonly HostEngine[]).map((engine) => new EngineFleet(engine));
}

/** All engines of this run, filled and shown exclusively before a suite, and emptied after it. */
export function filledEngines(
  fill: (fleet: EngineFleet) => Promise<void>,
  useApi: (api: PodgraphApi) => void,
): readonly EngineFleet[] {
  const fleets = fleetsOfRun();
  before(async () => {
    const api = await podgraph();
    await Promise.all(fleets.map(fill));
    await showEngines(api, fleets);
    useApi(api);
  });
  afterEach(async () => resetWindow(await podgraph()));
  after(() => Promise.all(fleets.map((fleet) => fleet.clear())));
  return fleets;
}

/** Registers a test if `reason` is undefined, else a skip with the reason. */
export function itUnlessEngine(reason: string | undefined, name: string, work: () => Promise<void>): void {
  if (reason === undefined) it(name, work);
  else Object.assign<Mocha.Test, SkipReason>(it(name), { reason });
}

/** Skip reason for tests with pods; undefined if the engine has pods. */
export function withoutPods({ hasPods, engine }: EngineFleet): string | undefined {
  return hasPods ? undefined : `${engine.name} has no pods`;
}

/** Shows only these engines, and waits until everything on them is inspected. */
async function showEngines(api: PodgraphApi, fleets: readonly EngineFleet[]): Promise<void> {
  const connections = fleets.map(({ engine: { socket, name } }) => ({ address: addressOf(socket), name }));
  const settings = vscode.workspace.getConfiguration('podgraph');
  await settings.update('connections', connections, vscode.ConfigurationTarget.Global);
  await focusView();
  const labels = () => [...api.service.snapshot.engines.values()].map(({ label }) => label);
  await until(api, 'the engines of this run alone', () => labels().join() === fleets.map(nameOf).join());
  await synced(api);
}

function addressOf(socket: string): string {
  return process.platform === 'win32' ? `npipe://${socket.replaceAll('\\', '/')}` : `unix://${socket}`;
}

export function nameOf({ engine }: EngineFleet): string {
  return engine.name;
}

/** Tree elements of one of the engines. */
export class TreeElements {
  constructor(
    private readonly api: PodgraphApi,
    private readonly fleet: EngineFleet,
  ) {}

  /** Undefined if the engine is the only one shown. */
  get engine(): TreeElement | undefined {
    const { view } = this.api;
    const engines = elementsOf(this.api).filter(({ kind }) => kind === 'engine');
    return engines.find((element) => view.provider.presentationOf(element).label === nameOf(this.fleet));
  }

  of(name: string): TreeElement {
    return elementOf(this.api, name, this.engine);
  }

  /** The compose project's element. */
  get project(): TreeElement {
    const found = elementsOf(this.api, this.engine).find(({ kind }) => kind === 'group');
    return found ?? assert.fail(`no project on ${nameOf(this.fleet)}`);
  }
}
