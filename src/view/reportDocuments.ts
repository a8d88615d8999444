import * as vscode from 'vscode';
import type { Report } from '../graph/plan/report';

/** Maximum number of reports; older ones are in the log. */
const maxReports = 20;

export const reportScheme = 'podgraph-report';

/** Reports as read-only documents. */
export class ReportProvider implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly texts = new Map<string, Promise<string>>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(reportScheme, this);
  readonly onDidChange = this.changed.event;

  constructor(private readonly textOf: (report: Report) => Promise<string>) {}

  /** Replaces an earlier report of the same run, also in open editors. */
  add(report: Report) {
    const uri = uriOf(report);
    this.texts.delete(uri.toString());
    this.texts.set(uri.toString(), this.textOf(report));
    for (const oldest of this.texts.keys()) {
      if (this.texts.size <= maxReports) break;
      this.texts.delete(oldest);
    }
    this.changed.fire(uri);
  }

  async show(report: Report): Promise<void> {
    const document = await vscode.workspace.openTextDocument(uriOf(report));
    await vscode.window.showTextDocument(document, { preview: false });
  }

  async copy(report: Report): Promise<void> {
    await vscode.env.clipboard.writeText(await this.textOf(report));
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    return (await this.texts.get(uri.toString())) ?? vscode.l10n.t('This report is no longer available.');
  }

  dispose() {
    this.registration.dispose();
    this.changed.dispose();
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
