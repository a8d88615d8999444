import * as vscode from 'vscode';
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { nextTurn, systemClock } from './clock';
import { ActionCommands } from './commands/actions';
import type { AgentTools } from './commands/agents/agentTools';
import { registerTools } from './commands/agents/registerTools';
import { connectionPreferencesStore, Connections } from './commands/connections';
import { DemoEngineCommands } from './commands/demoEngine';
import { Planning } from './commands/planning';
import { RecoveryCommands } from './commands/recovery';
import { registerCommands } from './commands/register';
import { scopeOfView } from './commands/scope';
import { currentContainerId, hostEnvironment, isInContainer, readLocalFile } from './engine/discovery/hostEnvironment';
import { createService, InspectionCache, Journal, privateFiles } from './service';
import { BufferedLogOutput } from './view/bufferedLog';
import { openOwnLog } from './view/display';
import { linkNodeNames } from './view/documents/linkedText';
import { ReadOnlyDocuments } from './view/documents/readOnlyDocuments';
import type { GraphPanels } from './view/graphPanel/panels';
import { GraphView } from './view/graphView';
import { viewIds } from './view/ids';
import { Lazy } from './view/lazy';
import { LazyPreviews } from './view/preview/lazyPreviews';
import { Protections } from './view/protections';
import { ReportProvider } from './view/reportDocuments';
import { onDidChangeSetting, readSettings, SettingsValidator } from './view/settings';
import { FailureMonitor } from './view/failureMonitor';
import { StatusBar } from './view/statusBar';
import { engineName } from './view/text/engines';
import { ViewFilter } from './view/viewFilter';

/** For tests and benchmarks in the same window. */
export interface PodgraphApi {
  readonly service: ReturnType<typeof createService>;
  readonly view: GraphView;
  readonly actions: ActionCommands;
  readonly previews: LazyPreviews;
}

let shutdown: () => Promise<void> = () => Promise.resolve();

/** Creates and connects all components. Engines are only contacted once the view is visible. */
export function activate(context: vscode.ExtensionContext): PodgraphApi {
  const log = new BufferedLogOutput(openOwnLog());
  const concurrency = () => readSettings()['maxConcurrency'];
  const dir = (name: string) => vscode.Uri.joinPath(context.globalStorageUri, name).fsPath;
  const journal = new Journal(dir('removals'), randomBytes(4).toString('hex'), systemClock, log);
  const inspections = new InspectionCache(dir('inspections'), log);
  const retentionMs = () => readSettings()['recipes.keepDays'] * 24 * 3600 * 1000;
  const recipes = { files: privateFiles(dir('recipes')), retentionMs };
  const host = { clock: systemClock, nextTurn, log, concurrency, random: Math.random, journal, inspections, recipes };
  const service = createService(host, []);
  const connections = new Connections({
    clock: systemClock,
    hostEnvironment,
    log,
    preferences: connectionPreferencesStore(context.globalState),
    addresses: () => readSettings().connections,
    show: (sources, unsupported) => {
      service.setSources(sources);
      view.setDiscoveryFinished(unsupported);
    },
  });
  const viewFilter = new ViewFilter(context.globalState, context.workspaceState);
  const protections = new Protections(() => currentContainerId(readLocalFile, hostname(), process.env['HOSTNAME']));
  const isInside = () => isInContainer(readLocalFile);
  const view = new GraphView(service, log, (id) => connections.isImplicit(id), protections, viewFilter, isInside);
  const settingsValidator = new SettingsValidator(log);
  const { extensionUri } = context;
  const previews: LazyPreviews = new LazyPreviews([
    extensionUri,
    service,
    async () => (await graphs.get()).openForPreview(),
  ]);
  const documents = new ReadOnlyDocuments();
  const graphs: Lazy<GraphPanels> = new Lazy(async () => {
    const panels = await import('./view/graphPanel/panels');
    return new panels.GraphPanels({ extensionUri, service, view, viewFilter, protections, documents, previews });
  });
  const reports = new ReportProvider(
    async (report) => {
      const { reportNames, reportText } = await import('./view/text/reportDocument');
      const engineLabel = (id: string) => engineName(id, service.snapshot);
      return linkNodeNames(reportNames(report), (nameOf) => reportText(report, engineLabel, nameOf));
    },
    (run) => service.hasRecipes(run),
  );
  const planning = new Planning({
    service,
    log,
    previews,
    protects: protections.reasonFor,
    commandLine: (id, program) => connections.commandLine(id, program),
    viewScope: () => scopeOfView(view.shown, viewFilter.filter),
    pickBackupFolder: async () => (await import('./commands/dialogs')).pickBackupFolder(context.globalState),
  });
  const statusBar = new StatusBar(service, view.context, () => view.shown.engines.values());
  const actions = new ActionCommands({
    service,
    planning,
    context: view.context,
    failures: view.failures,
    statusBar,
    log,
    reports,
  });
  const recovery = new RecoveryCommands({
    service,
    actions,
    context: view.context,
    view,
    statusBar,
    clock: systemClock,
    log,
  });
  const failureMonitor = new FailureMonitor({
    service,
    clock: systemClock,
    showBadge: (...found) => view.failures.showFailing(...found),
    notify: async (containers) => {
      if (readSettings().notifyOnFailure) await (await import('./commands/dialogs')).notifyFailing(containers, view);
    },
  });
  const startDemo = async (socketPath: string) => {
    const { startDemoEngine, demoFleet } = await import('./demo/main');
    return startDemoEngine({ socketPath, fleet: demoFleet(), profile: '5' });
  };
  const inspectCommands = new Lazy(async () => {
    const { InspectCommands } = await import('./commands/inspect/inspectCommands');
    return new InspectCommands({ service, view, clock: systemClock, protects: protections.reasonFor });
  });
  const reportProblem = async () => {
    const problem = await import('./commands/reportProblem');
    return problem.reportProblem({ service, log, documents, extension: context.extension });
  };
  const agentTools: Lazy<AgentTools> = new Lazy(async () => {
    const { AgentTools } = await import('./commands/agents/agentTools');
    const folders = () => (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
    return new AgentTools({
      clock: systemClock,
      service,
      discover: () => connections.discoverOnce(),
      folders,
      protects: protections.reasonFor,
      actions,
      preview: {
        get isOpen() {
          return previews.current !== undefined;
        },
        close: () => previews.current?.handleRequest({ type: 'close' }),
      },
    });
  });
  shutdown = async () => inspectCommands.loaded?.end();
  const demo = new DemoEngineCommands({ connections, clock: systemClock, context: view.context, start: startDemo });
  context.subscriptions.push(
    log,
    service,
    view,
    viewFilter,
    protections,
    previews,
    graphs,
    vscode.window.registerWebviewPanelSerializer(viewIds.graph, {
      deserializeWebviewPanel: async (panel) => (await graphs.get()).restore(panel),
    }),
    documents,
    reports,
    planning,
    actions,
    recovery,
    statusBar,
    failureMonitor,
    view.onDidBecomeVisible(() => failureMonitor.clear()),
    settingsValidator,
    demo,
    inspectCommands,
    agentTools,
    registerTools(agentTools),
    registerCommands({
      service,
      view,
      viewFilter,
      graphs,
      connections,
      actions,
      recovery,
      log,
      reportProblem,
      demo,
      inspectCommands,
      protects: protections.reasonFor,
    }),
    view.onDidBecomeVisible(() => {
      void connections.discoverOnce();
      void settingsValidator.check();
      void recovery.start();
    }),
    onDidChangeSetting('connections', () => void connections.rediscover()),
  );
  view.start();
  return { service, view, actions, previews };
}

/** VS Code waits a few seconds for it: ends the processes that must not outlive the window. */
export function deactivate(): Promise<void> {
  return shutdown();
}
