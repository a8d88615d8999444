import * as vscode from 'vscode';
import { askInModal, pick, runInTerminal, showInformation } from '../view/display';
import { plainLines, plainMessage, plainText } from '../view/text/format';

/** Shows the command that starts Podman on this platform, and runs it in a terminal once confirmed. */
export async function startPodman(): Promise<void> {
  const command = process.platform === 'linux' ? 'systemctl --user start podman.socket' : 'podman machine start';
  const run = { title: vscode.l10n.t('Run in Terminal') };
  const detail = plainLines([vscode.l10n.t('This command runs in a terminal:'), command]);
  const answer = await askInModal(plainMessage(vscode.l10n.t('Start Podman?')), detail, [run]);
  if (answer) runInTerminal(plainText('Podman'), command);
}

const sockets = { docker: '/var/run/docker.sock', podman: '${localEnv:XDG_RUNTIME_DIR}/podman/podman.sock' };

/** Copies the line of devcontainer.json that mounts the socket of an engine. */
export async function copyMountLine(): Promise<void> {
  const items = [
    { label: plainText('Docker'), source: sockets.docker },
    { label: plainText('Podman'), source: sockets.podman },
  ];
  const chosen = await pick(items, { title: plainText(vscode.l10n.t('Copy Mount Line')) });
  if (!chosen) return;
  await vscode.env.clipboard.writeText(mountLine(chosen.source));
  const text = vscode.l10n.t('Copied. Add the line to devcontainer.json, and rebuild the container.');
  void showInformation(plainMessage(text));
}

function mountLine(source: string): string {
  return `"mounts": ["source=${source},target=${sockets.docker},type=bind"],`;
}
