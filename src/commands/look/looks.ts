import * as vscode from 'vscode';
import type { Clock } from '../../clock';
import { EngineError } from '../../engine/error';
import { explain } from '../../graph/explain';
import type { ContainerNode, GraphNode, NodeKey } from '../../graph/model';
import { engineOf } from '../../graph/model';
import type { PlanOptions } from '../../graph/plan';
import type { PodgraphService } from '../../service/service';
import type { GraphView } from '../../view/graphView';
import type { Question } from '../../view/look/explanationText';
import { explanationText, questionWords } from '../../view/look/explanationText';
import { explainScheme, inspectScheme, NodeDocuments } from '../../view/look/documents';
import { inspectionText } from '../../view/look/inspectionText';
import type { commandIds } from '../../view/names';
import type { Occurrence } from '../../view/tree/occurrence';
import { pick, showInformation, showWarning } from '../../view/display';
import { plainMessage, plainText } from '../../view/words/plainText';
import { engineName } from '../../view/words/engine';
import { failureWords } from '../../view/words/failure';
import { nameOfNode } from '../../view/words/plan';
import { publishedPorts } from '../../view/words/port';
import { placesMeant } from '../scope';
import { chooseNode } from './chooseNode';
import { Logs } from './logs';
import { Shells } from './shells';

export type LookCommand = Extract<
  keyof typeof commandIds,
  | 'whyNotRemovable'
  | 'whoNeeds'
  | 'whatGoesAlong'
  | 'inspect'
  | 'followLogs'
  | 'followLogsFrom'
  | 'stopLogs'
  | 'openShell'
  | 'openPort'
  | 'copyId'
  | 'copyName'
  | 'copyImage'
  | 'rewrite'
  | 'reveal'
>;

export interface LookParts {
  readonly service: PodgraphService;
  readonly view: Pick<GraphView, 'selection' | 'nodesAt' | 'show' | 'context'>;
  readonly clock: Clock;
  readonly protects: PlanOptions['protects'];
}

/** Whatever only looks: explains, inspects, follows logs, opens shells and ports, copies. */
export class Looks implements vscode.Disposable {
  readonly logs: Logs;
  readonly shells: Shells;
  private readonly documents = new NodeDocuments();

  constructor(private readonly parts: LookParts) {
    this.logs = new Logs(parts);
    this.shells = new Shells(parts);
  }

  async run(name: LookCommand, clicked?: unknown, selected?: Occurrence[]): Promise<void> {
    switch (name) {
      case 'whyNotRemovable':
        return this.explain(await this.node(clicked), 'whyNot');
      case 'whoNeeds':
        return this.explain(await this.node(clicked), 'whoNeeds');
      case 'whatGoesAlong':
        return this.explain(await this.node(clicked), 'whatGoes');
      case 'inspect':
        return this.inspect(await this.node(clicked));
      case 'followLogs':
        return this.logs.follow(await this.container(clicked));
      case 'followLogsFrom':
        return this.logs.followFrom(await this.container(clicked));
      case 'stopLogs':
        return this.logs.stop();
      case 'openShell':
        return this.shells.open(await this.container(clicked));
      case 'openPort':
        return this.openPort(await this.node(clicked));
      case 'copyId':
        return this.copy(clicked, selected, (node) => node.id);
      case 'copyName':
        return this.copy(clicked, selected, (node) => node.name);
      case 'copyImage':
        return this.copy(clicked, selected, (node) => (node.kind === 'container' ? node.image : undefined));
      case 'rewrite':
        return this.rewrite();
      case 'reveal':
        return typeof clicked === 'string' ? this.parts.view.show(clicked as NodeKey) : undefined;
    }
  }

  /** Ends what would outlive the window. */
  end(): Promise<void> {
    return this.shells.end();
  }

  dispose() {
    this.documents.dispose();
    this.logs.dispose();
    this.shells.dispose();
  }

  private async explain(node: GraphNode | undefined, question: Question) {
    if (!node) return;
    const { service, protects } = this.parts;
    const path = `/${fileName(questionWords(question, nameOfNode(node)))}.txt`;
    const uri = vscode.Uri.from({ scheme: explainScheme, path, query: `${question} ${node.key}` });
    await this.documents.show(uri, async () => {
      const { graph } = service.snapshot;
      const told = explain(graph, node.key, protects);
      if (!told) return void sayGone(nameOfNode(node));
      return explanationText(question, told, { graph, engineLabel: engineName(engineOf(node.key), service.snapshot) });
    });
  }

  private async inspect(node: GraphNode | undefined) {
    if (!node) return;
    const { service } = this.parts;
    const uri = vscode.Uri.from({
      scheme: inspectScheme,
      path: `/${fileName(nameOfNode(node))}.json`,
      query: node.key,
    });
    await this.documents.show(uri, async () => {
      try {
        const described = await service.insight(engineOf(node.key))?.describe(node.key);
        return described === undefined ? undefined : inspectionText(described, node.key, service.snapshot.graph);
      } catch (thrown) {
        const error = EngineError.from(thrown);
        if (error.reason === 'gone') return void sayGone(nameOfNode(node));
        const why = failureWords(error.reason, error.words);
        void showWarning(plainMessage(vscode.l10n.t('{0} could not be inspected: {1}.', nameOfNode(node), why)));
        return undefined;
      }
    });
  }

  private async rewrite() {
    const uri = vscode.window.activeTextEditor?.document.uri;
    if (uri) await this.documents.refresh(uri);
  }

  private async openPort(node: GraphNode | undefined) {
    if (!node) return;
    const { graph, engines } = this.parts.service.snapshot;
    const container = node.kind === 'pod' ? graph.infraOf(node.key) : node;
    const endpoint = engines.get(engineOf(node.key))?.endpoint ?? '';
    const ports = container ? publishedPorts(container, endpoint) : [];
    const [only] = ports;
    if (!only) {
      return void showInformation(
        plainMessage(vscode.l10n.t('{0} has no published port that could be opened.', nameOfNode(node))),
      );
    }
    const items = ports.map((port) => ({ label: plainText(port.address), description: port.words, port }));
    const placeHolder = plainMessage(vscode.l10n.t('Open a port of {0}', nameOfNode(node)));
    const chosen = ports.length === 1 ? only : (await pick(items, { placeHolder }))?.port;
    if (chosen) await openOutside(chosen.address);
  }

  private async copy(
    clicked: unknown,
    selected: Occurrence[] | undefined,
    of: (node: GraphNode) => string | undefined,
  ) {
    const { view, service } = this.parts;
    const keys = view.nodesAt(placesMeant(placeOf(clicked), selected, view));
    const only = keys.length === 0 ? await this.node(undefined) : undefined;
    const nodes = only ? [only] : [...new Set(keys)].flatMap((key) => service.snapshot.graph.get(key) ?? []);
    const texts = nodes.flatMap((node) => of(node) ?? []);
    if (texts.length > 0) await vscode.env.clipboard.writeText(texts.join('\n'));
  }

  /** The node that a command means: the clicked one, else the first that is selected, else one that is asked for. */
  private async node(clicked: unknown): Promise<GraphNode | undefined> {
    const { view, service } = this.parts;
    const place = placeOf(clicked) ?? view.selection.find(({ kind }) => kind === 'node');
    if (place?.kind === 'node') return service.snapshot.graph.get(place.key);
    return chooseNode(service.snapshot, () => true);
  }

  private async container(clicked: unknown): Promise<ContainerNode | undefined> {
    const { view, service } = this.parts;
    const { graph } = service.snapshot;
    const place = placeOf(clicked) ?? view.selection.find(({ kind }) => kind === 'node');
    const node = place?.kind === 'node' ? graph.get(place.key) : undefined;
    if (node?.kind === 'container') return node;
    const within = node && new Set(graph.membersOf(node.key).map(({ key }) => key));
    const chosen = await chooseNode(
      service.snapshot,
      ({ key, kind }) => kind === 'container' && (within?.has(key) ?? true),
    );
    return chosen?.kind === 'container' ? chosen : undefined;
  }
}

function placeOf(clicked: unknown): Occurrence | undefined {
  return typeof clicked === 'object' && clicked !== null && 'kind' in clicked ? (clicked as Occurrence) : undefined;
}

function sayGone(name: string) {
  void showInformation(plainMessage(vscode.l10n.t('{0} is gone.', name)));
}

/** A name as the last part of a path, which becomes a file name when it is saved. */
function fileName(name: string): string {
  return name.replace(/[/\\?#:*"<>|]+/g, ' ').trim() || '-';
}

/** Where the window's person sits elsewhere than the engine, the editor forwards the port. */
async function openOutside(address: string) {
  await vscode.env.openExternal(await vscode.env.asExternalUri(vscode.Uri.parse(address, true)));
}
