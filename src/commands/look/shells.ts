import * as vscode from 'vscode';
import type { Clock } from '../../clock';
import { EngineError } from '../../engine/error';
import type { ContainerNode } from '../../graph/model';
import { engineOf } from '../../graph/model';
import { openShell } from '../../service/look/shell';
import type { PodgraphService } from '../../service/service';
import { ShellTerminal } from '../../view/look/shellTerminal';
import { openTerminal, showWarning } from '../../view/display';
import { plainMessage, plainText } from '../../view/words/plainText';
import { nameOfNode } from '../../view/words/plan';

/** Shells in terminals of the editor. */
export class Shells implements vscode.Disposable {
  private readonly terminals = new Map<vscode.Terminal, ShellTerminal>();
  private readonly watching = vscode.window.onDidCloseTerminal((terminal) => void this.terminals.delete(terminal));

  constructor(private readonly parts: { readonly service: PodgraphService; readonly clock: Clock }) {}

  /** Opens a shell in a container. It runs programs there: not in a workspace that nobody trusts. */
  async open(container: ContainerNode | undefined): Promise<void> {
    if (!container) return;
    if (!vscode.workspace.isTrusted) return refuse();
    const { service, clock } = this.parts;
    const { key } = container;
    const name = nameOfNode(container);
    const pty = new ShellTerminal(name, async (size, onData) => {
      const insight = service.insight(engineOf(key));
      if (!insight) throw new EngineError('unreachable', 'the connection was removed');
      return openShell({ insight, clock }, { key, size, onData });
    });
    const terminal = openTerminal({ name: plainText(name), pty });
    this.terminals.set(terminal, pty);
    terminal.show();
  }

  /** Hangs up all shells. Resolves when they are down, or cannot be reached. */
  async end(): Promise<void> {
    await Promise.all([...this.terminals.values()].map((shell) => shell.hangUp()));
  }

  dispose() {
    this.watching.dispose();
    for (const terminal of this.terminals.keys()) terminal.dispose();
    this.terminals.clear();
  }
}

async function refuse() {
  const manage = vscode.l10n.t('Manage Workspace Trust');
  const words = vscode.l10n.t('A shell runs programs: none is opened in a workspace that is not trusted.');
  if ((await showWarning(plainMessage(words), manage)) === manage) {
    await vscode.commands.executeCommand('workbench.trust.manage');
  }
}
