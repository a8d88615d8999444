import * as vscode from 'vscode';
import { type GraphNode, type NodeKey, parseKey } from '../graph/model/model';
import { wildcard } from '../graph/model/protection';
import type { PlanOptions } from '../graph/plan/plan';
import type { PodgraphService } from '../service/service';
import { showInformation, showWarning } from '../view/display';
import { joinSentences, plainMessage, summarizeNames } from '../view/text/format';
import { protectionText } from '../view/text/paths';
import { displayName } from '../view/text/plan';

const setting = 'protectedNames';
/** Names in a message. */
const maxNames = 3;

/** Writes `podgraph.protectedNames`, which keeps the names that others wrote. */
export class ProtectCommands {
  constructor(
    private readonly service: Pick<PodgraphService, 'snapshot'>,
    private readonly protects: PlanOptions['protects'],
  ) {}

  /** Adds the names of the nodes to the user's settings. */
  async protect(keys: readonly NodeKey[]): Promise<void> {
    const { graph } = this.service.snapshot;
    const nodes = this.nodes(keys).filter((node) => !this.protects?.(node, graph));
    if (nodes.length === 0) return void showInformation(plainMessage(vscode.l10n.t('Select what to protect first.')));
    const before = entriesIn(vscode.ConfigurationTarget.Global);
    await write(vscode.ConfigurationTarget.Global, [...new Set([...before, ...nodes.map(({ name }) => name)])]);
    const names = summarizeNames(nodes.map(displayName), maxNames);
    void showInformation(plainMessage(vscode.l10n.t('Protected from removal: {0}.', names)));
  }

  /** Removes the names of the nodes from the settings; reports what else protects them. */
  async unprotect(keys: readonly NodeKey[]): Promise<void> {
    const nodes = this.nodes(keys);
    const names = new Set(nodes.map(({ name }) => name.toLowerCase()));
    for (const target of targets) {
      const before = entriesIn(target);
      const after = before.filter((entry) => typeof entry !== 'string' || !names.has(entry.trim().toLowerCase()));
      if (after.length < before.length) await write(target, after.length > 0 ? after : undefined);
    }
    const remaining = nodes.flatMap((node) => this.remainingProtection(node) ?? []);
    if (remaining.length === 0) return;
    const open = vscode.l10n.t('Open Setting');
    if ((await showWarning(joinSentences([...new Set(remaining)]), open)) === open) {
      await vscode.commands.executeCommand('workbench.action.openSettings', `@id:podgraph.${setting}`);
    }
  }

  private nodes(keys: readonly NodeKey[]): GraphNode[] {
    const { graph } = this.service.snapshot;
    return [...new Set(keys)].filter((key) => parseKey(key).kind !== 'volume').flatMap((key) => graph.get(key) ?? []);
  }

  /** A pattern may match other nodes, so it is never removed. */
  private remainingProtection(node: GraphNode): string | undefined {
    const { graph } = this.service.snapshot;
    const by = this.protects?.(node, graph);
    if (by === undefined) return undefined;
    const name = displayName(node);
    const pod = node.kind === 'container' && node.pod ? graph.get(node.pod) : undefined;
    const pattern = by === 'name' ? patternFor(node.name) : undefined;
    if (pattern !== undefined) return vscode.l10n.t('{0} is still protected by the pattern “{1}”.', name, pattern);
    if (pod && this.protects?.(pod, graph)) {
      return vscode.l10n.t('{0} is still protected, because its pod {1} is.', name, displayName(pod));
    }
    if (by !== 'label') return vscode.l10n.t('{0} is {1}.', name, protectionText(by));
    return vscode.l10n.t("{0} is protected by its label {1}, which can't be removed.", name, 'podgraph.protect=true');
  }
}

const targets = [
  vscode.ConfigurationTarget.Global,
  vscode.ConfigurationTarget.Workspace,
  vscode.ConfigurationTarget.WorkspaceFolder,
] as const;

function entriesIn(target: (typeof targets)[number]): readonly unknown[] {
  const found = vscode.workspace.getConfiguration('podgraph').inspect<unknown>(setting);
  const values = {
    [vscode.ConfigurationTarget.Global]: found?.globalValue,
    [vscode.ConfigurationTarget.Workspace]: found?.workspaceValue,
    [vscode.ConfigurationTarget.WorkspaceFolder]: found?.workspaceFolderValue,
  };
  const value = values[target];
  return Array.isArray(value) ? value : [];
}

function write(target: vscode.ConfigurationTarget, entries: readonly unknown[] | undefined): Thenable<void> {
  return vscode.workspace.getConfiguration('podgraph').update(setting, entries, target);
}

function patternFor(name: string): string | undefined {
  const entries = targets.flatMap(entriesIn);
  return entries.find((entry): entry is string => typeof entry === 'string' && wildcard(entry.trim())(name));
}
