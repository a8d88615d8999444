import * as vscode from 'vscode';
import type { Clock } from '../../clock';
import { EngineError } from '../../engine/error';
import { composeProject } from '../../graph/model/labels';
import { type ContainerNode, engineOf, type GraphNode, isStoppedUnit, type NodeKey } from '../../graph/model/model';
import type { ResourceNode } from '../../graph/model/resources';
import { explain } from '../../graph/plan/explain';
import { explainResource } from '../../graph/plan/explainResource';
import type { PlanOptions } from '../../graph/plan/plan';
import type { PodgraphService } from '../../service/service';
import { pick, showInformation, showWarning } from '../../view/display';
import { explainScheme, inspectScheme, NodeDocuments, printable } from '../../view/documents/documents';
import { explanationText, explanationTitle, inspectionText } from '../../view/documents/nodeDocuments';
import { resourceExplanationText } from '../../view/documents/resourceDocument';
import type { GraphView } from '../../view/graphView';
import type { commandIds } from '../../view/ids';
import { readSettings } from '../../view/settings';
import { engineName } from '../../view/text/engines';
import { plainMessage, plainText, publishedPorts } from '../../view/text/format';
import { failureText } from '../../view/text/outcome';
import { displayName } from '../../view/text/plan';
import { systemdUnitText } from '../../view/text/systemd';
import type { TreeElement } from '../../view/tree/treeElement';
import { pickNode, resolveSelection } from '../scope';
import { buildLogSource, Logs, type LogSource } from './logs';
import { Shells } from './shells';

export type InspectCommand = Extract<
  keyof typeof commandIds,
  | 'explainDependencies'
  | 'inspect'
  | 'followLogs'
  | 'followLogsFrom'
  | 'stopFollowingLogs'
  | 'openShell'
  | 'openPort'
  | 'openUnitFile'
  | 'copyId'
  | 'copyName'
  | 'copyImage'
  | 'refreshDocument'
  | 'reveal'
>;

interface InspectDeps {
  readonly service: PodgraphService;
  readonly view: Pick<GraphView, 'selection' | 'nodesAt' | 'show' | 'shown' | 'context' | 'provider'>;
  readonly clock: Clock;
  readonly protects: PlanOptions['protects'];
}

/** The read-only commands on nodes, and shells. */
export class InspectCommands implements vscode.Disposable {
  readonly logs: Logs;
  readonly shells: Shells;
  private readonly documents = new NodeDocuments();

  constructor(private readonly deps: InspectDeps) {
    this.logs = new Logs(deps);
    this.shells = new Shells(deps);
  }

  async run(name: InspectCommand, clicked?: unknown, selected?: TreeElement[]): Promise<void> {
    switch (name) {
      case 'explainDependencies':
        return this.explain(await this.node(clicked));
      case 'inspect':
        return this.inspect(await this.node(clicked));
      case 'followLogs':
        return this.logs.follow(await this.logSource(clicked, selected));
      case 'followLogsFrom':
        return this.logs.followFrom(await this.logSource(clicked, selected));
      case 'stopFollowingLogs':
        return this.logs.stop();
      case 'openShell':
        return this.shells.open(await this.container(clicked));
      case 'openPort':
        return this.openPort(await this.node(clicked));
      case 'openUnitFile':
        return this.openUnitFile(await this.node(clicked));
      case 'copyId':
        return this.copy(clicked, selected, (node) => node.id);
      case 'copyName':
        return this.copyName(clicked, selected);
      case 'copyImage':
        return this.copy(clicked, selected, (node) => (node.kind === 'container' ? node.image : undefined));
      case 'refreshDocument':
        return this.refreshDocument();
      case 'reveal':
        return typeof clicked === 'string' ? this.deps.view.show(clicked as NodeKey) : undefined;
    }
  }

  /** Terminates open shells, whose processes would outlive the window. */
  end(): Promise<void> {
    return this.shells.end();
  }

  dispose() {
    this.documents.dispose();
    this.logs.dispose();
    this.shells.dispose();
  }

  private async explain(node: GraphNode | ResourceNode | undefined) {
    if (!node) return;
    const { service, protects, view } = this.deps;
    const path = `/${fileName(explanationTitle(displayName(node)))}.txt`;
    const uri = vscode.Uri.from({ scheme: explainScheme, path, query: node.key });
    await this.documents.show(uri, async () => {
      const { graph } = service.snapshot;
      const deps = { graph, engineLabel: engineName(engineOf(node.key), service.snapshot), now: Date.now() };
      const systemd = service.snapshot.engines.get(engineOf(node.key))?.systemd;
      const { layer } = view.shown;
      const resource = layer && explainResource(graph, layer, node.key, protects);
      if (resource) return resourceExplanationText(resource, { ...deps, layer });
      const explanation = explain(graph, node.key, protects, readSettings().waitForHealth);
      return explanation ? explanationText(explanation, { ...deps, systemd }) : void showRemoved(displayName(node));
    });
  }

  private async inspect(node: GraphNode | ResourceNode | undefined) {
    if (!node) return;
    const { service } = this.deps;
    const uri = vscode.Uri.from({
      scheme: inspectScheme,
      path: `/${fileName(displayName(node))}.json`,
      query: node.key,
    });
    await this.documents.show(uri, async () => {
      try {
        const inspector = service.inspector(engineOf(node.key));
        const raw = isStoppedUnit(node) ? {} : await inspector?.inspectRaw(node.key);
        const { graph } = service.snapshot;
        const systemdUnit = graph.get(node.key)?.systemdUnit;
        // No field of an engine has this name.
        const data = systemdUnit && typeof raw === 'object' ? { ...raw, SystemdUnit: systemdUnit } : raw;
        return raw === undefined ? undefined : inspectionText(data, node.key, graph);
      } catch (thrown) {
        const error = EngineError.from(thrown);
        if (error.reason === 'gone') return void showRemoved(displayName(node));
        const reason = failureText(error.reason, error.detail);
        void showWarning(plainMessage(vscode.l10n.t("Can't inspect {0}: {1}.", displayName(node), reason)));
        return undefined;
      }
    });
  }

  private async openUnitFile(node: GraphNode | ResourceNode | undefined) {
    if (node?.kind !== 'pod' && node?.kind !== 'container') return;
    const { service } = this.deps;
    const access = service.snapshot.engines.get(engineOf(node.key))?.systemd;
    const { file } = node.systemdUnit ?? {};
    if (!file || !access?.host) {
      const unit = systemdUnitText(node, access);
      const text = unit
        ? vscode.l10n.t("The unit file can't be opened: {0}.", unit)
        : vscode.l10n.t('{0} has no systemd unit.', displayName(node));
      return void showInformation(plainMessage(text));
    }
    const { host } = access;
    const name = fileName(file.slice(file.lastIndexOf('/') + 1));
    const uri = vscode.Uri.from({ scheme: inspectScheme, path: `/${name}`, query: node.key });
    await this.documents.show(uri, async () => {
      try {
        return {
          text: (await host.readUnitFile(file))
            .split('\n')
            .map((line) => printable(line))
            .join('\n'),
          names: [],
        };
      } catch (thrown) {
        const error = EngineError.from(thrown);
        const reason = error.reason === 'gone' ? plainText(error.detail) : failureText(error.reason, error.detail);
        void showWarning(plainMessage(vscode.l10n.t("Can't open {0}: {1}.", plainText(file), reason)));
        return undefined;
      }
    });
  }

  private async refreshDocument() {
    const uri = vscode.window.activeTextEditor?.document.uri;
    if (uri) await this.documents.refresh(uri);
  }

  private async openPort(node: GraphNode | ResourceNode | undefined) {
    if (node?.kind !== 'pod' && node?.kind !== 'container') return;
    const { graph, engines } = this.deps.service.snapshot;
    const container = node.kind === 'pod' ? graph.infraOf(node.key) : node;
    const endpoint = engines.get(engineOf(node.key))?.endpoint ?? '';
    const ports = container ? publishedPorts(container, endpoint) : [];
    const [only] = ports;
    if (!only) {
      return void showInformation(plainMessage(vscode.l10n.t('{0} has no published TCP port.', displayName(node))));
    }
    const items = ports.map((port) => ({ label: plainText(port.address), description: port.text, port }));
    const placeHolder = plainMessage(vscode.l10n.t('Open a port of {0}', displayName(node)));
    const chosen = ports.length === 1 ? only : (await pick(items, { placeHolder }))?.port;
    if (chosen) await openExternal(chosen.address);
  }

  /** Of a group its own name, such as that of a compose project. */
  private async copyName(clicked: unknown, selected: TreeElement[] | undefined) {
    const { service, view } = this.deps;
    const [only, ...others] = resolveSelection(elementOf(clicked), selected, view);
    const group =
      only?.kind === 'group' && others.length === 0 ? view.provider.tree.layout.group(only.group) : undefined;
    const member = only?.kind === 'node' && only.isOfProject ? service.snapshot.graph.container(only.key) : undefined;
    const name = group?.name ?? (member && composeProject(member));
    if (name) await vscode.env.clipboard.writeText(name);
    else await this.copy(clicked, selected, (node) => node.name);
  }

  private async copy(
    clicked: unknown,
    selected: TreeElement[] | undefined,
    textOf: (node: GraphNode | ResourceNode) => string | undefined,
  ) {
    const { view } = this.deps;
    const keys = view.nodesAt(resolveSelection(elementOf(clicked), selected, view));
    const only = keys.length === 0 ? await this.node(undefined) : undefined;
    const nodes = only ? [only] : [...new Set(keys)].flatMap((key) => this.find(key) ?? []);
    const texts = nodes.flatMap((node) => textOf(node) ?? []);
    if (texts.length > 0) await vscode.env.clipboard.writeText(texts.join('\n'));
  }

  /** The logs of the clicked or selected nodes, else of one from a quick pick. */
  private async logSource(clicked: unknown, selected: TreeElement[] | undefined): Promise<LogSource | undefined> {
    const { view, service } = this.deps;
    const keys = view.nodesAt(resolveSelection(elementOf(clicked), selected, view));
    const nodes = [...new Set(keys)].flatMap((key) => service.snapshot.graph.get(key) ?? []);
    const chosen = nodes.length > 0 ? nodes : [await this.container(undefined)];
    return buildLogSource(
      chosen.flatMap((node) => node ?? []),
      () => service.snapshot.graph,
    );
  }

  private find(key: NodeKey): GraphNode | ResourceNode | undefined {
    const { graph, resources } = this.deps.service.snapshot;
    return graph.get(key) ?? resources.get(key);
  }

  /** The clicked node, else the first selected one, else one from a quick pick. */
  private async node(clicked: unknown): Promise<GraphNode | ResourceNode | undefined> {
    const { view, service } = this.deps;
    const element = elementOf(clicked) ?? view.selection.find(({ kind }) => kind === 'node');
    if (element?.kind === 'node') return this.find(element.key);
    return pickNode(service.snapshot, () => true);
  }

  private async container(clicked: unknown): Promise<ContainerNode | undefined> {
    const { view, service } = this.deps;
    const { graph } = service.snapshot;
    const element = elementOf(clicked) ?? view.selection.find(({ kind }) => kind === 'node');
    const keys = element ? view.nodesAt([element]) : [...graph.nodes.keys()];
    const containers = new Set(keys.flatMap((key) => graph.withMembers(key)));
    const [only] = keys;
    const node = only && keys.length === 1 ? graph.get(only) : undefined;
    if (node?.kind === 'container') return node;
    const chosen = await pickNode(service.snapshot, ({ key, kind }) => kind === 'container' && containers.has(key));
    return chosen?.kind === 'container' ? chosen : undefined;
  }
}

function elementOf(clicked: unknown): TreeElement | undefined {
  return typeof clicked === 'object' && clicked !== null && 'kind' in clicked ? (clicked as TreeElement) : undefined;
}

function showRemoved(name: string) {
  void showInformation(plainMessage(vscode.l10n.t('{0} was removed.', name)));
}

/** The name as a valid file name: the document's path becomes one when it is saved. */
function fileName(name: string): string {
  return name.replace(/[/\\?#:*"<>|]+/g, ' ').trim() || '-';
}

/** `asExternalUri` forwards the port if the extension host is remote. */
async function openExternal(address: string) {
  await vscode.env.openExternal(await vscode.env.asExternalUri(vscode.Uri.parse(address, true)));
}
