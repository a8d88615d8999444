import * as vscode from 'vscode';
import { type ToolName, toolNames } from '../../view/ids';
import type { Lazy } from '../../view/lazy';
import { readSettings } from '../../view/settings';
import type { AgentTools } from './agentTools';

/** Registers the tools for language models; their code is loaded with the first call. */
export function registerTools(tools: Lazy<AgentTools>): vscode.Disposable {
  return vscode.Disposable.from(...toolNames.map((name) => vscode.lm.registerTool(name, toolOf(name, tools))));
}

function toolOf(name: ToolName, tools: Lazy<AgentTools>): vscode.LanguageModelTool<unknown> {
  return {
    prepareInvocation: () => ({ invocationMessage: invocationText(name) }),
    invoke: async ({ input }, token) => {
      // The manifest hides the tools as well; a caller may know their names.
      if (!vscode.workspace.isTrusted)
        throw new Error(vscode.l10n.t('Trust this workspace to use the tools of Podgraph.'));
      if (!readSettings().languageModelTools)
        throw new Error(vscode.l10n.t('The setting {0} is off.', 'podgraph.languageModelTools'));
      const text = await (await tools.get()).invoke(name, input, token);
      return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(text)]);
    },
  };
}

function invocationText(name: ToolName): string {
  switch (name) {
    case 'podgraph_graph':
      return vscode.l10n.t('Reading containers and their dependencies');
    case 'podgraph_explain':
      return vscode.l10n.t('Explaining dependencies');
    case 'podgraph_plan':
      return vscode.l10n.t('Planning; nothing is changed');
    case 'podgraph_offer':
      return vscode.l10n.t('Waiting for your decision in the preview');
    case 'podgraph_report':
      return vscode.l10n.t('Reading the last report');
    case 'podgraph_waitHealthy':
      return vscode.l10n.t('Waiting until containers are healthy');
  }
}
