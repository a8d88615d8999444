import { l10n } from 'vscode';
import {
  type EngineError,
  isTlsReason,
  isTransportError,
  type SshReason,
  type TlsReason,
  type TransportErrorReason,
} from '../../engine/error';
import { plainText } from './format';

/** Short reason of a TLS or SSH error. */
export function transportErrorText(reason: TransportErrorReason): string {
  switch (reason) {
    case 'tlsExpired':
      return l10n.t('certificate expired');
    case 'tlsNotYetValid':
      return l10n.t('certificate not valid yet');
    case 'tlsHostnameMismatch':
      return l10n.t('certificate is for another host');
    case 'tlsUntrustedCa':
      return l10n.t('certificate not trusted');
    case 'tlsClient':
      return l10n.t('client certificate rejected');
    case 'tlsFiles':
      return l10n.t("certificate files can't be used");
    case 'tlsNotSpoken':
      return l10n.t('server does not use TLS');
    case 'tlsRequired':
      return l10n.t('server requires TLS');
    case 'tlsFailed':
      return l10n.t('TLS handshake failed');
    case 'sshMissing':
      return l10n.t('ssh not found on this machine');
    case 'sshUnsupported':
      return l10n.t("ssh on this machine can't forward sockets");
    case 'sshAddress':
      return l10n.t('invalid SSH address');
    case 'sshHostKeyUnknown':
      return l10n.t('unknown host key');
    case 'sshHostKeyChanged':
      return l10n.t('host key changed');
    case 'sshDenied':
      return l10n.t('SSH authentication failed');
    case 'sshName':
      return l10n.t('unknown host');
    case 'sshRefused':
      return l10n.t('no SSH server responding');
    case 'sshNoRoute':
      return l10n.t('host unreachable');
    case 'sshTimeout':
      return l10n.t('host timed out');
    case 'sshSocket':
      return l10n.t('engine socket not available');
    case 'sshForwarding':
      return l10n.t('socket forwarding not allowed');
    case 'sshEnded':
      return l10n.t('ssh exited');
  }
}

/** How to fix a TLS or SSH error; undefined for other errors. */
export function transportErrorHint(error: EngineError): string | undefined {
  if (!isTransportError(error.reason)) return undefined;
  const host = plainText(error.details.host ?? '') || l10n.t('the host');
  const detail = plainText(error.detail);
  return isTlsReason(error.reason) ? tlsHint(error.reason, host, detail) : sshHint(error.reason, host, detail);
}

function tlsHint(reason: TlsReason, host: string, detail: string): string {
  switch (reason) {
    case 'tlsExpired':
      return l10n.t('The certificate of {0} has expired. Renew it.', host);
    case 'tlsNotYetValid':
      return l10n.t("The certificate of {0} isn't valid yet. Check the clocks of both machines.", host);
    case 'tlsHostnameMismatch':
      return l10n.t(
        'The certificate of {0} is for other hosts: {1}. Use one of these names, or issue a certificate for this one.',
        host,
        detail,
      );
    case 'tlsUntrustedCa':
      return l10n.t(
        `The certificate of {0} isn't trusted. Set "ca" of the connection to the issuing CA (ca.pem in DOCKER_CERT_PATH).`,
        host,
      );
    case 'tlsClient':
      return l10n.t(
        '{0} requires a client certificate from a CA that it trusts. Set "cert" and "key" of the connection (cert.pem and key.pem in DOCKER_CERT_PATH).',
        host,
      );
    case 'tlsFiles':
      return l10n.t("The certificate files for {0} can't be used: {1}.", host, detail);
    case 'tlsNotSpoken':
      return l10n.t("The server at {0} doesn't use TLS. Check the port, or use a tcp:// address.", host);
    case 'tlsRequired':
      return l10n.t('The engine requires TLS. Use an https:// address.');
    case 'tlsFailed':
      return l10n.t('TLS handshake with {0} failed: {1}.', host, detail);
  }
}

function sshHint(reason: SshReason, host: string, detail: string): string {
  switch (reason) {
    case 'sshMissing':
      return l10n.t('Install the OpenSSH client and make sure that "ssh" is in PATH.');
    case 'sshUnsupported':
      return l10n.t(
        'Open a folder on {0} with Remote - SSH, or use WSL, so that Podgraph runs next to the engine.',
        host,
      );
    case 'sshAddress':
      return l10n.t('Invalid address: {0}. Host and user names can contain letters, digits, dots and hyphens.', detail);
    case 'sshHostKeyUnknown':
      return l10n.t('Run "ssh {0}" once in a terminal, verify the fingerprint of its host key and accept it.', host);
    case 'sshHostKeyChanged':
      return l10n.t(
        'The host key of {0} has changed: the host was reinstalled, or the connection is being intercepted. Find out which before you remove the old key with "ssh-keygen -R".',
        host,
      );
    case 'sshDenied':
      return l10n.t(
        'SSH authentication failed for {0} ({1}). In a terminal, "ssh {0}" must connect without a prompt.',
        host,
        detail,
      );
    case 'sshName':
      return l10n.t('Check the host name {0}, or set its HostName in ~/.ssh/config.', host);
    case 'sshRefused':
      return l10n.t('No SSH server responds at {0} ({1}). Check the port and that sshd is running.', host, detail);
    case 'sshNoRoute':
    case 'sshTimeout':
      return l10n.t("Can't reach {0} ({1}). Check the network, VPN and jump host.", host, detail);
    case 'sshSocket':
      return l10n.t(
        'Connected to {0}, but not to its engine: nothing is listening, permission is denied, or socket forwarding is disabled. Start the engine there with "systemctl --user start podman.socket".',
        host,
      );
    case 'sshForwarding':
      return l10n.t("The SSH server of {0} doesn't allow socket forwarding (AllowStreamLocalForwarding).", host);
    case 'sshEnded':
      return l10n.t('ssh to {0} exited: {1}. Try "ssh {0}" in a terminal.', host, detail);
  }
}
