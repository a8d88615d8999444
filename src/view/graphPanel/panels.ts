import * as vscode from 'vscode';
import type { EngineId, NodeKey } from '../../graph/model/model';
import type { PodgraphService, Run } from '../../service/service';
import type { ReadOnlyDocuments } from '../documents/readOnlyDocuments';
import type { GraphView } from '../graphView';
import { commandIds } from '../ids';
import type { LazyPreviews } from '../preview/lazyPreviews';
import type { Protections } from '../protections';
import { readSettings } from '../settings';
import { engineHeading, engineName, engineNameInPrompt } from '../text/engines';
import { plainText } from '../text/format';
import { nameResolver } from '../text/plan';
import { reportSummary } from '../text/report';
import { filteredText, progressText } from '../text/status';
import { countVisible, type ViewFilter } from '../viewFilter';
import { toCommandArgument } from './contextMenu';
import { mermaidText, saveSvg } from './exports';
import { buildPlanOverlay, GraphViewModel } from './graphViewModel';
import { createPanel, GraphPanel } from './panel';

interface GraphPanelDeps {
  readonly extensionUri: vscode.Uri;
  readonly service: PodgraphService;
  readonly view: GraphView;
  readonly viewFilter: Pick<ViewFilter, 'filter' | 'onDidChange'>;
  readonly protections: Pick<Protections, 'reasonFor' | 'onDidChange'>;
  readonly documents: Pick<ReadOnlyDocuments, 'show'>;
  readonly previews: Pick<LazyPreviews, 'onDidChangePlan' | 'onDidHover' | 'hover' | 'current'>;
}

/** Opens the graph panel (at most one), and keeps it in sync with service, tree and preview. */
export class GraphPanels implements vscode.Disposable {
  private current: GraphPanel | undefined;
  private viewModel: GraphViewModel | undefined;
  /** When each engine was last connected. */
  private readonly lastSeen = new Map<EngineId, number>();
  private readonly disposables: { dispose(): void }[] = [];

  constructor(private readonly deps: GraphPanelDeps) {
    const { service, view, viewFilter, protections, previews } = deps;
    this.recordLastSeen();
    this.disposables.push(
      service.onDidChange((change) => {
        this.recordLastSeen();
        this.current?.applyChange(change);
        if (change.engines) this.current?.applyChange({ structure: true, nodes: new Set() });
      }),
      viewFilter.onDidChange(() => this.current?.resetLayout()),
      service.onDidStartRun((run) => this.follow(run)),
      protections.onDidChange(() => this.current?.refreshAll()),
      view.onDidChangeSelection((keys) => this.current?.select(keys)),
      previews.onDidChangePlan(() => this.current?.showPlan(this.overlay)),
      previews.onDidHover((keys) => this.current?.hover(keys)),
    );
  }

  /** Opens or reveals the graph, and selects these nodes. */
  open(keys: readonly NodeKey[]) {
    if (this.current) this.current.panel.reveal();
    else this.attach(createPanel());
    if (keys.length > 0) this.current?.select(keys);
  }

  /** Attaches to a panel that the editor has restored. */
  restore(panel: vscode.WebviewPanel) {
    this.current?.panel.dispose();
    this.attach(panel);
  }

  /** Shows the graph without focus. @returns the column of the preview, beside it */
  openForPreview(): vscode.ViewColumn {
    const panel = this.current?.panel;
    if (panel) panel.reveal(panel.viewColumn, true);
    else this.attach(createPanel({ viewColumn: vscode.ViewColumn.One, preserveFocus: true }));
    const isFirst = (panel?.viewColumn ?? vscode.ViewColumn.One) === vscode.ViewColumn.One;
    return isFirst ? vscode.ViewColumn.Two : vscode.ViewColumn.One;
  }

  saveSvg(): Promise<vscode.Uri | undefined> {
    return saveSvg((this.viewModel ?? this.createViewModel()).draw());
  }

  showMermaid(): Promise<void> {
    const text = mermaidText(this.deps.view.shown, (id) => this.engineLabel(id));
    return this.deps.documents.show('podgraph-graph.md', text);
  }

  dispose() {
    this.current?.panel.dispose();
    for (const one of this.disposables) one.dispose();
  }

  private attach(panel: vscode.WebviewPanel) {
    const { extensionUri, view } = this.deps;
    const viewModel = this.createViewModel();
    const current = new GraphPanel(panel, extensionUri, viewModel, {
      select: (keys) => view.select(keys),
      hover: (keys) => this.deps.previews.hover(keys),
      open: (key) => void vscode.commands.executeCommand(commandIds.inspect, toCommandArgument(key)),
      remove: (keys) => this.remove(keys),
      toggleResources: () =>
        void vscode.commands.executeCommand(view.shown.layer ? commandIds.hideResources : commandIds.showResources),
    });
    this.current = current;
    this.viewModel = viewModel;
    view.setVisible('panel', panel.visible);
    panel.onDidChangeViewState(() => {
      view.setVisible('panel', panel.visible);
      if (!panel.visible) current.hide();
    });
    panel.onDidDispose(() => {
      current.dispose();
      if (this.current !== current) return;
      this.current = undefined;
      this.viewModel = undefined;
      view.setVisible('panel', false);
    });
    current.showPlan(this.overlay);
    for (const run of this.deps.service.runs.values()) this.follow(run);
  }

  private recordLastSeen() {
    for (const [id, { state }] of this.deps.service.snapshot.engines) {
      if (state === 'live') this.lastSeen.set(id, Date.now());
    }
  }

  private createViewModel(): GraphViewModel {
    const { service, view, protections } = this.deps;
    return new GraphViewModel({
      shown: () => view.shown,
      filterNotice: () => this.filterNotice,
      operationOf: (key) => service.operationOf(key),
      isBusyInOtherWindow: (key) => service.isBusyInOtherWindow(key),
      failureOf: (key) => service.failureOf(key),
      protectionOf: (node) => protections.reasonFor(node, service.snapshot.graph),
      isRemoving: (key) => [...service.runs.values()].some(({ plan }) => plan.nodes.has(key)),
      engineLabel: (id) => this.engineLabel(id),
      waitForHealth: () => readSettings().waitForHealth,
      now: () => Date.now(),
    });
  }

  private get filterNotice(): string | undefined {
    const { shown } = this.deps.view;
    return shown.visible && filteredText(this.deps.viewFilter.filter, countVisible(shown));
  }

  private engineLabel(id: EngineId): string {
    const snapshot = this.deps.view.shown;
    const status = snapshot.engines.get(id);
    const name = status?.isDemo ? plainText(status.label) : engineName(id, snapshot);
    return status ? engineHeading(name, status, this.lastSeen.get(id)) : name;
  }

  private get overlay() {
    const { previews, service } = this.deps;
    const plan = previews.current?.currentPlan;
    return plan && buildPlanOverlay(plan, (id) => engineNameInPrompt(id, service.snapshot));
  }

  private follow(run: Run) {
    const { current } = this;
    if (!current) return;
    current.follow(run, () => progressText(run.progress, nameResolver(run.plan), Date.now(), run.plan.action));
    void run.done.then((report) => current.setStatus(reportSummary(report)));
  }

  private remove(keys: readonly NodeKey[]) {
    const elements = keys.map(toCommandArgument);
    if (elements.length > 0) void vscode.commands.executeCommand(commandIds.remove, elements[0], elements);
  }
}
