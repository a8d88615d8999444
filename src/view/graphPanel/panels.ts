import * as vscode from 'vscode';
import type { EngineId, NodeKey } from '../../graph/model';
import type { PodgraphService, Run } from '../../service/service';
import type { GraphView } from '../graphView';
import { commandIds } from '../names';
import { countShown, type Narrowing } from '../narrowing';
import type { LazyPreviews } from '../preview/lazyPreviews';
import type { Protections } from '../protections';
import { plainText } from '../words/plainText';
import { engineName, engineStateWords } from '../words/engine';
import { filteredWords } from '../words/narrowing';
import { namesIn } from '../words/plan';
import { progressWords } from '../words/progress';
import { reportWords } from '../words/report';
import { saveSvg, showMermaid } from './exports';
import { placeOf } from './menu';
import { overlayOf } from './overlay';
import { createPanel, GraphPanel } from './panel';
import { GraphPicture } from './picture';

export interface GraphPanelParts {
  readonly extensionUri: vscode.Uri;
  readonly service: PodgraphService;
  readonly view: GraphView;
  readonly narrowing: Pick<Narrowing, 'filter' | 'onDidChange'>;
  readonly protections: Pick<Protections, 'of' | 'onDidChange'>;
  readonly previews: Pick<LazyPreviews, 'onDidChangePlan' | 'current'>;
}

/** The command that shows all about one container, where this build has it. */
const inspectCommand = 'podgraph.inspect';

/** The one panel with the graph: opens it, and keeps it and the tree of one mind. */
export class GraphPanels implements vscode.Disposable {
  private shown: GraphPanel | undefined;
  private picture: GraphPicture | undefined;
  private readonly disposables: { dispose(): void }[] = [];

  constructor(private readonly parts: GraphPanelParts) {
    const { service, view, narrowing, protections, previews } = parts;
    this.disposables.push(
      service.onDidChange((change) => {
        this.shown?.take(change);
        if (change.engines) this.shown?.take({ structure: true, nodes: new Set() });
      }),
      narrowing.onDidChange(() => this.shown?.narrow()),
      service.onDidStartRun((removal) => this.follow(removal)),
      protections.onDidChange(() => this.shown?.lookAtAll()),
      view.onDidChangeSelection((keys) => this.shown?.select(keys)),
      previews.onDidChangePlan(() => this.shown?.showPlan(this.overlay)),
    );
  }

  /** Opens the graph, or brings it to the front, with these nodes selected. */
  open(keys: readonly NodeKey[]) {
    if (this.shown) this.shown.panel.reveal();
    else this.adopt(createPanel());
    if (keys.length > 0) this.shown?.select(keys);
  }

  /** Takes over a panel that the editor has brought back. */
  restore(panel: vscode.WebviewPanel) {
    this.shown?.panel.dispose();
    this.adopt(panel);
  }

  /** Beside the graph, so that a plan can be seen on it. */
  get columnBeside(): vscode.ViewColumn {
    return this.shown?.panel.active ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active;
  }

  saveSvg(): Promise<vscode.Uri | undefined> {
    return saveSvg((this.picture ?? this.newPicture()).draw());
  }

  showMermaid(): Promise<void> {
    return showMermaid(this.parts.view.shown, (id) => this.engineLabel(id));
  }

  dispose() {
    this.shown?.panel.dispose();
    for (const one of this.disposables) one.dispose();
  }

  private adopt(panel: vscode.WebviewPanel) {
    const { extensionUri, view } = this.parts;
    const picture = this.newPicture();
    const shown = new GraphPanel(panel, extensionUri, picture, {
      select: (keys) => view.select(keys),
      open: (key) => void this.openNode(key),
      remove: (keys) => this.remove(keys),
      saveSvg: () => void this.saveSvg(),
      showMermaid: () => void this.showMermaid(),
    });
    this.shown = shown;
    this.picture = picture;
    view.look('panel', panel.visible);
    panel.onDidChangeViewState(() => {
      view.look('panel', panel.visible);
      if (!panel.visible) shown.hide();
    });
    panel.onDidDispose(() => {
      shown.dispose();
      if (this.shown !== shown) return;
      this.shown = undefined;
      this.picture = undefined;
      view.look('panel', false);
    });
    shown.showPlan(this.overlay);
    for (const removal of this.parts.service.runs.values()) this.follow(removal);
  }

  private newPicture(): GraphPicture {
    const { service, view, protections } = this.parts;
    return new GraphPicture({
      shown: () => view.shown,
      filtered: () => this.filtered,
      operationOf: (key) => service.operationOf(key),
      isElsewhere: (key) => service.isElsewhere(key),
      failureOf: (key) => service.failureOf(key),
      protectionOf: (node) => protections.of(node, service.snapshot.graph),
      isGoing: (key) => [...service.runs.values()].some(({ plan }) => plan.nodes.has(key)),
      engineLabel: (id) => this.engineLabel(id),
      now: () => Date.now(),
    });
  }

  private get filtered(): string | undefined {
    const picture = this.parts.view.shown;
    return picture.visible && filteredWords(this.parts.narrowing.filter, countShown(picture));
  }

  private engineLabel(id: EngineId): string {
    const snapshot = this.parts.view.shown;
    const status = snapshot.engines.get(id);
    const state = status ? engineStateWords(status) : '';
    return [plainText(engineName(id, snapshot)), state].filter(Boolean).join(' · ');
  }

  private get overlay() {
    const { previews, service } = this.parts;
    const plan = previews.current?.shown;
    return (
      plan &&
      overlayOf(plan, {
        engineLabel: (id) => engineName(id, service.snapshot),
        engineFlavour: (id) => service.snapshot.engines.get(id)?.info?.flavour ?? 'podman',
      })
    );
  }

  private follow(removal: Run) {
    const { shown } = this;
    if (!shown) return;
    shown.follow(removal, () => progressWords(removal.progress, namesIn(removal.plan), Date.now()));
    void removal.done.then((report) => shown.say(reportWords(report)));
  }

  /** The same command as in the tree, with the same kind of argument: one way in. */
  private remove(keys: readonly NodeKey[]) {
    const places = keys.map(placeOf);
    if (places.length > 0) void vscode.commands.executeCommand(commandIds.remove, places[0], places);
  }

  private async openNode(key: NodeKey) {
    const { view } = this.parts;
    const known = await vscode.commands.getCommands(true);
    if (known.includes(inspectCommand)) await vscode.commands.executeCommand(inspectCommand, placeOf(key));
    else await view.show(key);
  }
}
