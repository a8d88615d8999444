import * as vscode from 'vscode';
import os from 'node:os';
import path from 'node:path';
import type { PodgraphService } from '../service/service';
import type { BufferedLogOutput } from '../view/bufferedLog';
import { showInformation } from '../view/display';
import type { ReadOnlyDocuments } from '../view/documents/readOnlyDocuments';
import { settingNames } from '../view/ids';
import { issueBody, type PersonalData } from '../view/problemReport';
import { plainMessage } from '../view/text/format';

interface ProblemDeps {
  readonly service: Pick<PodgraphService, 'snapshot'>;
  readonly log: Pick<BufferedLogOutput, 'recent'>;
  readonly documents: Pick<ReadOnlyDocuments, 'show'>;
  readonly extension: Pick<vscode.Extension<unknown>, 'packageJSON'>;
}

interface Manifest {
  readonly version: string;
  readonly bugs: { readonly url: string };
}

/** Opens a document with diagnostic data for an issue; nothing is sent. */
export async function reportProblem({ service, log, documents, extension }: ProblemDeps): Promise<void> {
  const { version, bugs } = extension.packageJSON as Manifest;
  const { engines, graph } = service.snapshot;
  const nodes = [...graph.nodes.values()];
  const content = issueBody({
    introduction: vscode.l10n.t(
      'Describe below what you did, what you expected, and what happened instead. Podgraph collected the rest and removed secrets, host names and user names. Review it before you send it: it contains names of containers and images.',
    ),
    versions: [
      ['Podgraph', version],
      [
        'VS Code',
        `${vscode.version} (${vscode.env.appHost}, ${vscode.env.remoteName ?? 'local'}, ${vscode.env.language})`,
      ],
      ['System', `${process.platform} ${os.release()} ${process.arch}`],
      ['Node', process.versions.node],
    ],
    engines: [...engines.values()],
    counts: {
      pods: nodes.filter(({ kind }) => kind === 'pod').length,
      containers: nodes.filter(({ kind }) => kind === 'container').length,
    },
    settings: modifiedSettings(),
    log: log.recent,
    known: { ...personalData([...engines.values()].map(({ endpoint }) => endpoint)), engines: [...engines.keys()] },
  });
  await documents.show('podgraph-problem.md', content);
  const open = vscode.l10n.t('Copy and Open Issues');
  const text = vscode.l10n.t(
    'Nothing has been sent. Review the report, then copy it into a new issue and complete it there.',
  );
  if ((await showInformation(plainMessage(text), open)) !== open) return;
  await vscode.env.clipboard.writeText(content);
  await vscode.env.openExternal(vscode.Uri.parse(bugs.url));
}

function modifiedSettings(): [string, unknown][] {
  const settings = vscode.workspace.getConfiguration('podgraph');
  return settingNames.flatMap((name): [string, unknown][] => {
    const { defaultValue } = settings.inspect<unknown>(name) ?? {};
    const value = settings.get<unknown>(name);
    return JSON.stringify(value) === JSON.stringify(defaultValue) ? [] : [[`podgraph.${name}`, value]];
  });
}

/** Names to redact from the log: local and remote users, hosts and the home folder. */
function personalData(endpoints: readonly string[]): PersonalData {
  const remote = endpoints.map((endpoint) => /^[a-z]+:\/\/(?:([^@/]*)@)?(\[[^\]]*\]|[^/:]+)/.exec(endpoint) ?? []);
  const hosts = [os.hostname(), ...remote.flatMap(([, , host]) => host ?? [])];
  const { USER, LOGNAME, USERNAME } = process.env;
  const home = os.homedir();
  return {
    home,
    users: [path.basename(home), USER, LOGNAME, USERNAME, ...remote.map(([, user]) => user)].flatMap(
      (user) => user || [],
    ),
    hosts,
  };
}
