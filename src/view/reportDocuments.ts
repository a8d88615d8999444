import * as vscode from 'vscode';
import type { Report } from '../graph/plan/report';

/** How many reports are kept; older ones are in the log. */
const most = 20;

export const reportScheme = 'podgraph-report';

/** Reports as documents that can be read, searched and copied, and not changed. */
export class ReportProvider implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly texts = new Map<string, Promise<string>>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(reportScheme, this);
  readonly onDidChange = this.changed.event;

  constructor(private readonly textOf: (report: Report) => Promise<string>) {}

  /** Keeps a report; one of the same removal is replaced, where it is open too. */
  add(report: Report) {
    const uri = uriOf(report);
    this.texts.delete(uri.toString());
    this.texts.set(uri.toString(), this.textOf(report));
    for (const oldest of this.texts.keys()) {
      if (this.texts.size <= most) break;
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

/** One address a removal; what its tab says is the time at which it began. */
function uriOf({ plan, startedAt }: Report): vscode.Uri {
  // Swedish dates are ISO dates in local time; colons are left out, for the path becomes a file name when it is saved.
  const began = new Date(startedAt).toLocaleString('sv-SE').replaceAll(':', '.');
  const name = plan.action === 'remove' ? vscode.l10n.t('Removal {0}', began) : vscode.l10n.t('Report {0}', began);
  return vscode.Uri.from({ scheme: reportScheme, path: `/${name}.txt`, query: plan.id });
}
