import { performance } from 'node:perf_hooks';
import * as vscode from 'vscode';
import { Connections } from './commands/connections';
import { DemoEngineCommands } from './commands/demoEngine';
import { registerCommands } from './commands/register';
import { Removals } from './commands/removal';
import { systemClock } from './engine/clock';
import { surroundings } from './engine/connections/surroundings';
import { createService } from './service';
import { GraphView } from './view/graphView';
import { onDidChangeSetting, readSettings } from './view/settings';

/** What other code in the same window may use: tests and benchmarks. */
export interface PodgraphApi {
  readonly service: ReturnType<typeof createService>;
  readonly view: GraphView;
  readonly removals: Removals;
  /** Milliseconds that `activate` took. */
  readonly activationMs: number;
}

/** Builds the parts and hands them to each other. Nothing is connected to before the view is looked at. */
export function activate(context: vscode.ExtensionContext): PodgraphApi {
  const began = performance.now();
  const log = vscode.window.createOutputChannel('Podgraph', { log: true });
  const concurrency = () => readSettings()['removal.concurrency'];
  const service = createService({ clock: systemClock, log, concurrency, random: Math.random }, []);
  const connections = new Connections({
    clock: systemClock,
    surroundings,
    addresses: () => readSettings().connections,
    show: (sources, unsupported) => {
      service.setSources(sources);
      view.setSearched(unsupported);
    },
  });
  const view = new GraphView(service, log, (id) => connections.isGuess(id));
  const removals = new Removals({ service, context: view.context, log });
  const startDemo = async (socketPath: string) => {
    const { startDemoEngine, sampleFleet } = await import('./demo/main');
    return startDemoEngine({ socketPath, fleet: sampleFleet(), profile: '5' });
  };
  const demo = new DemoEngineCommands({ connections, clock: systemClock, context: view.context, start: startDemo });
  context.subscriptions.push(
    log,
    service,
    view,
    removals,
    demo,
    registerCommands({ service, view, connections, removals, log, demo }),
    view.onDidBecomeVisible(() => connections.ensure()),
    onDidChangeSetting('connections', () => connections.search()),
  );
  view.start();
  return { service, view, removals, activationMs: performance.now() - began };
}
