import * as vscode from 'vscode';
import type { Report } from '../graph/plan/report';
import { lensAtTop } from './display';
import { documentLinks, type LinkedText } from './documents/linkedText';
import { commandIds } from './ids';
import { plainText } from './text/format';
import { retryable } from './text/report';

/** Maximum number of reports; older ones are in the log. */
const maxReports = 20;

const reportScheme = 'podgraph-report';

/** Reports as read-only documents with links to the tree; the newest one offers to retry. */
export class ReportProvider
  implements vscode.TextDocumentContentProvider, vscode.DocumentLinkProvider, vscode.CodeLensProvider, vscode.Disposable
{
  private readonly contents = new Map<string, Promise<LinkedText>>();
  private newest: Report | undefined;
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly lensesChanged = new vscode.EventEmitter<void>();
  private readonly registrations = [
    vscode.workspace.registerTextDocumentContentProvider(reportScheme, this),
    vscode.languages.registerDocumentLinkProvider({ scheme: reportScheme }, this),
    vscode.languages.registerCodeLensProvider({ scheme: reportScheme }, this),
  ];
  readonly onDidChange = this.changed.event;
  readonly onDidChangeCodeLenses = this.lensesChanged.event;

  constructor(
    private readonly render: (report: Report) => Promise<LinkedText>,
    /** Whether the nodes that a run removed can be brought back. */
    private readonly canBringBack: (run: string) => boolean,
  ) {}

  /** Replaces an earlier report of the same run, also in open editors. */
  add(report: Report) {
    const uri = uriOf(report);
    this.newest = report;
    this.contents.delete(uri.toString());
    this.contents.set(uri.toString(), this.render(report));
    for (const oldest of this.contents.keys()) {
      if (this.contents.size <= maxReports) break;
      this.contents.delete(oldest);
    }
    this.changed.fire(uri);
    this.lensesChanged.fire();
  }

  async show(report: Report): Promise<void> {
    const document = await vscode.workspace.openTextDocument(uriOf(report));
    await vscode.window.showTextDocument(document, { preview: false });
  }

  async copy(report: Report): Promise<void> {
    await vscode.env.clipboard.writeText((await this.render(report)).text);
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const content = await this.contents.get(uri.toString());
    return content?.text ?? vscode.l10n.t('This report is no longer available.');
  }

  async provideDocumentLinks(document: vscode.TextDocument): Promise<vscode.DocumentLink[]> {
    return documentLinks(document, await this.contents.get(document.uri.toString()));
  }

  provideCodeLenses({ uri }: vscode.TextDocument): vscode.CodeLens[] {
    const { newest } = this;
    const lenses: vscode.CodeLens[] = [];
    if (newest && uriOf(newest).toString() === uri.toString() && retryable(newest).length > 0)
      lenses.push(lensAtTop(plainText(vscode.l10n.t('Retry Failed')), commandIds.retryFailed));
    // The query of a report's URI is the id of its run.
    if (this.canBringBack(uri.query))
      lenses.push(lensAtTop(plainText(vscode.l10n.t('Bring Back')), commandIds.bringBack, uri.query));
    return lenses;
  }

  dispose() {
    for (const registration of this.registrations) registration.dispose();
    this.changed.dispose();
    this.lensesChanged.dispose();
  }
}

/** One URI per run; the tab shows the start time. */
function uriOf({ plan, startedAt }: Report): vscode.Uri {
  // `sv-SE` formats ISO dates in local time. The path becomes a file name when saved, so it has no colons.
  const startTime = new Date(startedAt).toLocaleString('sv-SE').replaceAll(':', '.');
  const name =
    plan.action === 'remove' ? vscode.l10n.t('Removal {0}', startTime) : vscode.l10n.t('Report {0}', startTime);
  return vscode.Uri.from({ scheme: reportScheme, path: `/${name}.txt`, query: plan.id });
}
