import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { performance } from 'node:perf_hooks';
import * as vscode from 'vscode';
import { Connections } from './commands/connections';
import { keptChoices } from './commands/keptChoices';
import { DemoEngineCommands } from './commands/demoEngine';
import { Looking } from './commands/looking';
import { Planning } from './commands/planning';
import { RecoveryCommands } from './commands/recovery';
import { registerCommands } from './commands/register';
import { Actions } from './commands/actions';
import { systemClock } from './clock';
import { isInContainer, ownContainer, readHere } from './engine/connections/ownContainer';
import { surroundings } from './engine/connections/surroundings';
import { everythingIn } from './commands/scope';
import { createService, InspectionFiles, Journal } from './service';
import { LazyGraphPanels } from './view/graphPanel/lazyPanels';
import { GraphView } from './view/graphView';
import { openOwnLog } from './view/display';
import { KeptLog } from './view/keptLog';
import { Narrowing } from './view/narrowing';
import { LazyPreviews } from './view/preview/lazyPreviews';
import { Protections } from './view/protections';
import { ReportDocuments } from './view/reportDocuments';
import { onDidChangeSetting, readSettings } from './view/settings';
import { StatusBar } from './view/statusBar';
import { WrongSettings } from './view/wrongSettings';
import { engineName } from './view/words/engine';

/** What other code in the same window may use: tests and benchmarks. */
export interface PodgraphApi {
  readonly service: ReturnType<typeof createService>;
  readonly view: GraphView;
  readonly actions: Actions;
  readonly previews: LazyPreviews;
  readonly looking: Looking;
  /** Milliseconds that `activate` took. */
  readonly activationMs: number;
}

let endings: () => Promise<void> = () => Promise.resolve();

/** Builds the parts and hands them to each other. Nothing is connected to before the view is looked at. */
export function activate(context: vscode.ExtensionContext): PodgraphApi {
  const began = performance.now();
  const log = new KeptLog(openOwnLog());
  const concurrency = () => readSettings()['removal.concurrency'];
  const folder = (name: string) => vscode.Uri.joinPath(context.globalStorageUri, name).fsPath;
  const journal = new Journal(folder('removals'), randomBytes(4).toString('hex'), systemClock, log);
  const inspections = new InspectionFiles(folder('inspections'), log);
  const host = { clock: systemClock, log, concurrency, random: Math.random, journal, inspections };
  const service = createService(host, []);
  const connections = new Connections({
    clock: systemClock,
    surroundings,
    log,
    choices: keptChoices(context.globalState),
    addresses: () => readSettings().connections,
    show: (sources, unsupported) => {
      service.setSources(sources);
      view.setSearched(unsupported);
    },
  });
  const narrowing = new Narrowing(context.globalState);
  const protections = new Protections(() => ownContainer(readHere, hostname(), process.env['HOSTNAME']));
  const isInside = () => isInContainer(readHere);
  const view = new GraphView(service, log, (id) => connections.isGuess(id), protections, narrowing, isInside);
  const wrongSettings = new WrongSettings(log);
  const { extensionUri } = context;
  const previews: LazyPreviews = new LazyPreviews([extensionUri, service, () => graphs.columnBeside]);
  const graphs = new LazyGraphPanels({ extensionUri, service, view, narrowing, protections, previews });
  const reports = new ReportDocuments(async (report) => {
    const { reportText } = await import('./view/words/reportText');
    return reportText(report, (id) => engineName(id, service.snapshot));
  });
  const planning = new Planning({
    service,
    log,
    previews,
    protects: protections.of,
    commandLine: (id, program) => connections.commandLine(id, program),
    everything: () => everythingIn(view.shown, narrowing.filter),
  });
  const actions = new Actions({ service, planning, context: view.context, failures: view.failures, log, reports });
  const recovery = new RecoveryCommands({ service, actions, clock: systemClock, log });
  const startDemo = async (socketPath: string) => {
    const { startDemoEngine, sampleFleet } = await import('./demo/main');
    return startDemoEngine({ socketPath, fleet: sampleFleet(), profile: '5' });
  };
  const looking = new Looking(async () => {
    const { Looks } = await import('./commands/look/looks');
    return new Looks({ service, view, clock: systemClock, protects: protections.of });
  });
  const reportProblem = async () => {
    const problem = await import('./commands/problem/problem');
    return problem.reportProblem({ service, log, extension: context.extension });
  };
  endings = () => looking.end();
  const demo = new DemoEngineCommands({ connections, clock: systemClock, context: view.context, start: startDemo });
  context.subscriptions.push(
    log,
    service,
    view,
    narrowing,
    protections,
    previews,
    graphs,
    reports,
    planning,
    actions,
    recovery,
    new StatusBar(service, view.context, () => view.shown.engines.values()),
    wrongSettings,
    demo,
    looking,
    registerCommands({ service, view, narrowing, graphs, connections, actions, log, reportProblem, demo, looking }),
    view.onDidBecomeVisible(() => {
      connections.ensure();
      void wrongSettings.check();
      void recovery.begin();
    }),
    onDidChangeSetting('connections', () => connections.search()),
  );
  view.start();
  return { service, view, actions, previews, looking, activationMs: performance.now() - began };
}

/** The editor waits a moment for what must not outlive the window. */
export function deactivate(): Promise<void> {
  return endings();
}
