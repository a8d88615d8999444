import * as vscode from 'vscode';
import type { FakeFleet } from '../../src/demo/fleet';
import type { PodgraphApi } from '../../src/extension';
import type { Report } from '../../src/graph/plan/report';
import type { Preview } from '../../src/view/preview/preview';
import type { TreeElement } from '../../src/view/tree/treeElement';
import { DemoEngineServer } from '../servedEngine';
import { UserDriver } from './person';

/** How long the window may take to come to a state, in milliseconds. */
const patience = 30_000;

export async function podgraph(): Promise<PodgraphApi> {
  const extension = vscode.extensions.getExtension<PodgraphApi>('podgraph.podgraph');
  if (!extension) throw new Error('the extension is not there');
  return extension.activate();
}

/** Resolves as soon as the service's picture fits; fails with what it looks like instead. */
export function until(api: PodgraphApi, what: string, fits: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (result: () => void) => {
      clearTimeout(timer);
      subscription.dispose();
      result();
    };
    const timer = setTimeout(
      () => end(() => reject(new Error(`${what} did not come true; the tree is\n${treeOf(api).join('\n')}`))),
      patience,
    );
    const look = () => {
      if (fits()) end(resolve);
    };
    const subscription = api.service.onDidChange(look);
    look();
  });
}

/** Resolves when it is so. Where nothing tells of a change, it is looked for. */
export async function waitFor(is: () => boolean): Promise<void> {
  while (!is()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Resolves when every engine shown has been listed, all its edges stand, and the tree was told of the last of them. */
export function settled(api: PodgraphApi): Promise<void> {
  return until(api, 'a settled picture', () => {
    const { engines: known, graph } = api.service.snapshot;
    const engines = [...known.values()];
    if (api.view.provider.tree.layout.graph !== graph) return false;
    return engines.length > 0 && engines.every((one) => one.state === 'live' && one.listed && one.uninspected === 0);
  });
}

/** The tree as the view holds it, a line a place: indented, label and description. */
export function treeOf(api: PodgraphApi, parent?: TreeElement, indent = ''): string[] {
  const { provider } = api.view;
  return provider.getChildren(parent).flatMap((place) => {
    const { label, description } = provider.faceOf(place);
    return [`${indent}${label} — ${description}`, ...treeOf(api, place, `${indent}  `)];
  });
}

/** All places of the tree, from the top. */
export function elementsOf(api: PodgraphApi, parent?: TreeElement): TreeElement[] {
  return api.view.provider.getChildren(parent).flatMap((place) => [place, ...elementsOf(api, place)]);
}

/** The first place with this label. */
export function placeOf(api: PodgraphApi, label: string, parent?: TreeElement): TreeElement {
  const place = elementsOf(api, parent).find((one) => api.view.provider.faceOf(one).label === label);
  if (!place) throw new Error(`nothing is called ${label} in\n${treeOf(api).join('\n')}`);
  return place;
}

/** Sets which addresses are shown, as a person does in the settings. */
export async function connectTo(...sockets: string[]): Promise<void> {
  const addresses = sockets.map((socket) => (socket.includes('://') ? socket : `unix://${socket}`));
  const settings = vscode.workspace.getConfiguration('podgraph');
  await settings.update('connections', addresses, vscode.ConfigurationTarget.Global);
}

/** A demo engine with this fleet, alone in the window, all of it seen. */
export async function showFleet(api: PodgraphApi, fleet: FakeFleet): Promise<DemoEngineServer> {
  const shown = await DemoEngineServer.start(fleet);
  await connectTo(shown.socket);
  await focusView();
  await settled(api);
  return shown;
}

/** Shows this fleet anew before each test of a suite, and clears the window after it. */
export function allShow(fleet: FakeFleet, take: (api: PodgraphApi, shown: DemoEngineServer) => void): void {
  let shown: DemoEngineServer;
  beforeEach(async () => {
    const api = await podgraph();
    shown = await showFleet(api, fleet);
    take(api, shown);
  });
  afterEach(async () => {
    await resetWindow(await podgraph());
    await shown.stop();
  });
}

/** Closes what a test opened; what is asked is for people again. */
export async function resetWindow(api: PodgraphApi): Promise<void> {
  api.previews.current?.handleRequest({ type: 'close' });
  api.actions.setConfirm(undefined);
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}

/** From now on whoever is asked presses the button whose words fit. */
export function answer(api: PodgraphApi, presses: (words: string) => boolean): UserDriver {
  const person = new UserDriver(presses);
  api.actions.setConfirm(person.confirm);
  return person;
}

/** The page that opens next, once it shows its plan. */
export function nextPreview(api: PodgraphApi): Promise<Preview> {
  return new Promise((resolve) => {
    const listening = api.previews.onDidChangePlan(() => {
      const { current } = api.previews;
      if (!current) return;
      listening.dispose();
      resolve(current);
    });
  });
}

/** Names of what goes by the plan on the page, sorted. */
export function namesOn({ shown }: Preview): string[] {
  return [...shown.nodes.values()].map(({ node }) => node.name).sort();
}

/** Runs a command, as the palette or a menu does. Answers with the report, where a plan was run. */
export const run = (id: string, ...args: unknown[]) => vscode.commands.executeCommand<Report | undefined>(id, ...args);

/** Opens the view, as a click on its icon does. */
export async function focusView(): Promise<void> {
  await vscode.commands.executeCommand('podgraph.tree.focus');
}
