import * as vscode from 'vscode';
import type { FakeFleet } from '../../src/demo/fleet';
import type { PodgraphApi } from '../../src/extension';
import type { Report } from '../../src/graph/plan/report';
import type { Preview } from '../../src/view/preview/preview';
import type { TreeElement } from '../../src/view/tree/treeElement';
import { DemoEngineServer } from '../servedEngine';
import { UserDriver } from './userDriver';

/** Milliseconds within which the window must reach a state. */
const timeoutMs = 30_000;

export async function podgraph(): Promise<PodgraphApi> {
  const extension = vscode.extensions.getExtension<PodgraphApi>('podgraph.podgraph');
  if (!extension) throw new Error('the extension is not installed');
  return extension.activate();
}

/** Resolves when the condition is met after a change of the service; rejects with the current tree. */
export function until(api: PodgraphApi, condition: string, isMet: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (result: () => void) => {
      clearTimeout(timer);
      subscription.dispose();
      result();
    };
    const timer = setTimeout(
      () => end(() => reject(new Error(`timed out waiting for ${condition}; the tree is\n${treeOf(api).join('\n')}`))),
      timeoutMs,
    );
    const check = () => {
      if (isMet()) end(resolve);
    };
    const subscription = api.service.onDidChange(check);
    check();
  });
}

/** Resolves when every engine is listed, all containers are inspected, and the tree is up to date. */
export function synced(api: PodgraphApi): Promise<void> {
  return until(api, 'a synced tree', () => {
    const { engines: known, graph } = api.service.snapshot;
    const engines = [...known.values()];
    if (api.view.provider.tree.layout.graph !== graph) return false;
    return engines.length > 0 && engines.every((one) => one.state === 'live' && one.listed && one.uninspected === 0);
  });
}

/** The tree as lines: indented label and description. */
export function treeOf(api: PodgraphApi, parent?: TreeElement, indent = ''): string[] {
  const { provider } = api.view;
  return provider.getChildren(parent).flatMap((element) => {
    const { label, description } = provider.presentationOf(element);
    return [`${indent}${label} — ${description}`, ...treeOf(api, element, `${indent}  `)];
  });
}

/** All elements of the tree, from the top. */
export function elementsOf(api: PodgraphApi, parent?: TreeElement): TreeElement[] {
  return api.view.provider.getChildren(parent).flatMap((element) => [element, ...elementsOf(api, element)]);
}

/** The first element with this label. */
export function elementOf(api: PodgraphApi, label: string, parent?: TreeElement): TreeElement {
  const element = elementsOf(api, parent).find((one) => api.view.provider.presentationOf(one).label === label);
  if (!element) throw new Error(`no element with label ${label} in\n${treeOf(api).join('\n')}`);
  return element;
}

/** Sets the shown addresses in the settings. */
export async function connectTo(...sockets: string[]): Promise<void> {
  const addresses = sockets.map((socket) => (socket.includes('://') ? socket : `unix://${socket}`));
  const settings = vscode.workspace.getConfiguration('podgraph');
  await settings.update('connections', addresses, vscode.ConfigurationTarget.Global);
}

/** Shows only a demo engine with this fleet, and waits until it is inspected. */
export async function showFleet(api: PodgraphApi, fleet: FakeFleet): Promise<DemoEngineServer> {
  const shown = await DemoEngineServer.start(fleet);
  await connectTo(shown.socket);
  await focusView();
  await synced(api);
  return shown;
}

/** Shows a new demo engine with this fleet before each test, and resets the window after it. */
export function allShow(fleet: FakeFleet, useApi: (api: PodgraphApi, shown: DemoEngineServer) => void): void {
  let shown: DemoEngineServer;
  beforeEach(async () => {
    const api = await podgraph();
    shown = await showFleet(api, fleet);
    useApi(api, shown);
  });
  afterEach(async () => {
    await resetWindow(await podgraph());
    await shown.stop();
  });
}

/** Closes everything a test opened, and restores real confirmations. */
export async function resetWindow(api: PodgraphApi): Promise<void> {
  api.previews.current?.handleRequest({ type: 'close' });
  api.actions.setConfirm(undefined);
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}

/** Answers confirmations with the first button that matches. */
export function answer(api: PodgraphApi, presses: (label: string) => boolean): UserDriver {
  const driver = new UserDriver(presses);
  api.actions.setConfirm(driver.confirm);
  return driver;
}

/** The next preview, once it shows its plan. */
export function nextPreview(api: PodgraphApi): Promise<Preview> {
  return new Promise((resolve) => {
    const subscription = api.previews.onDidChangePlan(() => {
      const { current } = api.previews;
      if (!current) return;
      subscription.dispose();
      resolve(current);
    });
  });
}

/** Sorted names of the nodes in the preview's plan. */
export function namesOn({ currentPlan }: Preview): string[] {
  return [...currentPlan.nodes.values()].map(({ node }) => node.name).sort();
}

/** Runs a command. Returns the report if a plan was run. */
export const run = (id: string, ...args: unknown[]) => vscode.commands.executeCommand<Report | undefined>(id, ...args);

/** Opens the view. */
export async function focusView(): Promise<void> {
  await vscode.commands.executeCommand('podgraph.tree.focus');
}
