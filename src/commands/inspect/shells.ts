import * as vscode from 'vscode';
import type { Clock } from '../../clock';
import { EngineError } from '../../engine/error';
import { type ContainerNode, engineOf, type NodeKey } from '../../graph/model/model';
import type { PodgraphService } from '../../service/service';
import { openShell } from '../../service/streams/shell';
import { openTerminal, showWarning } from '../../view/display';
import { ShellTerminal } from '../../view/documents/shellTerminal';
import { plainMessage, plainText } from '../../view/text/format';
import { displayName } from '../../view/text/plan';

/** Shells in terminals of the editor. */
export class Shells implements vscode.Disposable {
  private readonly terminals = new Map<vscode.Terminal, ShellTerminal>();
  private readonly watching = vscode.window.onDidCloseTerminal((terminal) => void this.terminals.delete(terminal));

  constructor(private readonly deps: { readonly service: PodgraphService; readonly clock: Clock }) {}

  /** Opens a shell in a container. It runs programs there: not in a workspace that nobody trusts. */
  async open(container: ContainerNode | undefined): Promise<void> {
    if (!container) return;
    if (!vscode.workspace.isTrusted) return showUntrusted();
    const { service, clock } = this.deps;
    const { key } = container;
    const name = displayName(container);
    const pty = new ShellTerminal(name, async (size, onData) => {
      const inspector = service.inspector(engineOf(key));
      if (!inspector) throw new EngineError('unreachable', 'the connection was removed');
      return openShell({ inspector, clock }, { key, size, onData });
    });
    const terminal = openTerminal({ name: plainText(name), pty });
    this.terminals.set(terminal, pty);
    terminal.show();
  }

  /** Hangs up all shells. Resolves when they are down, or cannot be reached. */
  async end(): Promise<void> {
    await Promise.all([...this.terminals.values()].map((shell) => shell.terminate()));
  }

  dispose() {
    this.watching.dispose();
    for (const terminal of this.terminals.keys()) terminal.dispose();
    this.terminals.clear();
  }
}

async function showUntrusted() {
  const manage = vscode.l10n.t('Manage Workspace Trust');
  const text = vscode.l10n.t('Shells are disabled in untrusted workspaces.');
  if ((await showWarning(plainMessage(text), manage)) === manage) {
    await vscode.commands.executeCommand('workbench.trust.manage');
  }
}

/** Resolves when a node, or the connection to its engine, is seen to be another than now; or when the signal is aborted. */
export function waitForChange(
  service: Pick<PodgraphService, 'snapshot' | 'onDidChange'>,
  key: NodeKey,
  signal: AbortSignal,
): Promise<void> {
  const look = () => {
    const { graph, engines } = service.snapshot;
    const node = graph.container(key);
    return JSON.stringify([node?.state, node?.startedAt, engines.get(engineOf(key))?.state]);
  };
  const before = look();
  return new Promise((resolve) => {
    const end = () => {
      subscription.dispose();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const subscription = service.onDidChange(() => {
      if (look() !== before) end();
    });
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}
