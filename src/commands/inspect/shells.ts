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

/** Container shells in the editor's terminals. */
export class Shells implements vscode.Disposable {
  private readonly terminals = new Map<vscode.Terminal, ShellTerminal>();
  private readonly closeListener = vscode.window.onDidCloseTerminal((terminal) => void this.terminals.delete(terminal));

  constructor(private readonly deps: { readonly service: PodgraphService; readonly clock: Clock }) {}

  /** Opens a shell in a container; refuses in an untrusted workspace, because it runs programs. */
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
    const terminal = openTerminal({ name: plainText(name), icon: 'terminal', pty });
    this.terminals.set(terminal, pty);
    terminal.show();
  }

  /** Terminates all shells. Resolves when they have exited or their engine is unreachable. */
  async end(): Promise<void> {
    await Promise.all([...this.terminals.values()].map((shell) => shell.terminate()));
  }

  dispose() {
    this.closeListener.dispose();
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

/** Resolves when the container's state or its engine's connection state changes, or when the signal is aborted. */
export function waitForChange(
  service: Pick<PodgraphService, 'snapshot' | 'onDidChange'>,
  key: NodeKey,
  signal: AbortSignal,
): Promise<void> {
  const fingerprint = () => {
    const { graph, engines } = service.snapshot;
    const node = graph.container(key);
    return JSON.stringify([node?.state, node?.startedAt, engines.get(engineOf(key))?.state]);
  };
  const before = fingerprint();
  return new Promise((resolve) => {
    const end = () => {
      subscription.dispose();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const subscription = service.onDidChange(() => {
      if (fingerprint() !== before) end();
    });
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}
