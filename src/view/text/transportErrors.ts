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

/** Why the way to an engine, by TLS or ssh, does not stand: a few words. */
export function transportErrorText(reason: TransportErrorReason): string {
  switch (reason) {
    case 'tlsExpired':
      return l10n.t('its certificate has expired');
    case 'tlsNotYetValid':
      return l10n.t('its certificate is not valid yet');
    case 'tlsName':
      return l10n.t('its certificate is for another name');
    case 'tlsAuthority':
      return l10n.t('its certificate comes from an unknown authority');
    case 'tlsClient':
      return l10n.t('it does not accept our client certificate');
    case 'tlsFiles':
      return l10n.t('the certificate files cannot be used');
    case 'tlsPlain':
      return l10n.t('no TLS is spoken there');
    case 'tlsWanted':
      return l10n.t('only TLS is spoken there');
    case 'tlsFailed':
      return l10n.t('TLS could not be agreed on');
    case 'sshMissing':
      return l10n.t('there is no ssh on this machine');
    case 'sshUnsupported':
      return l10n.t('the ssh of this machine cannot forward sockets');
    case 'sshAddress':
      return l10n.t('the address cannot be handed to ssh');
    case 'sshHostKeyUnknown':
      return l10n.t('the key of the host is not known');
    case 'sshHostKeyChanged':
      return l10n.t('the key of the host has changed');
    case 'sshDenied':
      return l10n.t('ssh is not let in');
    case 'sshName':
      return l10n.t('ssh does not know the name of the host');
    case 'sshRefused':
      return l10n.t('no ssh server answers');
    case 'sshNoRoute':
      return l10n.t('the host cannot be reached');
    case 'sshTimeout':
      return l10n.t('the host did not answer in time');
    case 'sshSocket':
      return l10n.t("the engine's socket is not there");
    case 'sshForwarding':
      return l10n.t('the host forbids forwarding');
    case 'sshEnded':
      return l10n.t('ssh ended');
  }
}

/** What to do about it, with host and reason; undefined for failures of another kind. */
export function transportErrorHint(error: EngineError): string | undefined {
  if (!isTransportError(error.reason)) return undefined;
  const host = plainText(error.details.host ?? '') || l10n.t('the host');
  const text = plainText(error.detail);
  return isTlsReason(error.reason) ? tlsStep(error.reason, host, text) : sshStep(error.reason, host, text);
}

function tlsStep(reason: TlsReason, host: string, text: string): string {
  switch (reason) {
    case 'tlsExpired':
      return l10n.t('The certificate of {0} has expired. Renew it there.', host);
    case 'tlsNotYetValid':
      return l10n.t('The certificate of {0} is not valid yet. Compare the clocks of both machines.', host);
    case 'tlsName':
      return l10n.t(
        'The certificate at {0} names other hosts: {1}. Use a name that stands in it, or have one made for this name.',
        host,
        text,
      );
    case 'tlsAuthority':
      return l10n.t(
        `The certificate of {0} isn't trusted. Set "ca" of the connection to the issuing CA (ca.pem in DOCKER_CERT_PATH).`,
        host,
      );
    case 'tlsClient':
      return l10n.t(
        '{0} wants a client certificate from an authority that it knows. Name "cert" and "key" of the connection (cert.pem and key.pem in DOCKER_CERT_PATH).',
        host,
      );
    case 'tlsFiles':
      return l10n.t('The certificate files for {0} cannot be used: {1}.', host, text);
    case 'tlsPlain':
      return l10n.t('What answers at {0} does not speak TLS. Check the port, or set the address as tcp://.', host);
    case 'tlsWanted':
      return l10n.t('The engine speaks TLS alone. Set its address as https://.');
    case 'tlsFailed':
      return l10n.t('TLS with {0} failed: {1}.', host, text);
  }
}

function sshStep(reason: SshReason, host: string, text: string): string {
  switch (reason) {
    case 'sshMissing':
      return l10n.t('Install the OpenSSH client, and see that "ssh" is found in PATH.');
    case 'sshUnsupported':
      return l10n.t('Open a folder on {0} over Remote - SSH, or use WSL: Podgraph then runs beside the engine.', host);
    case 'sshAddress':
      return l10n.t('Correct the address: {0}. Names of hosts and users hold letters, digits, dots and dashes.', text);
    case 'sshHostKeyUnknown':
      return l10n.t(
        'Connect once with "ssh {0}" in a terminal, compare the fingerprint of its key, and accept it.',
        host,
      );
    case 'sshHostKeyChanged':
      return l10n.t(
        '{0} shows another key than before: it was set up anew, or somebody stands in between. Find out which before you take the old key away with "ssh-keygen -R".',
        host,
      );
    case 'sshDenied':
      return l10n.t(
        '{0} lets you in neither with a key nor with your agent ({1}). Try "ssh {0}" in a terminal: it must get in without asking.',
        host,
        text,
      );
    case 'sshName':
      return l10n.t('Check the name {0}, or give it an address in ~/.ssh/config.', host);
    case 'sshRefused':
      return l10n.t('No ssh server answers at {0} ({1}). Check its port, and that sshd runs there.', host, text);
    case 'sshNoRoute':
    case 'sshTimeout':
      return l10n.t('{0} cannot be reached ({1}). Check the network, and a VPN or jump host on the way.', host, text);
    case 'sshSocket':
      return l10n.t(
        '{0} lets you in, but not to the socket: nobody serves there, you may not use it, or forwarding is off. Start it there with "systemctl --user start podman.socket".',
        host,
      );
    case 'sshForwarding':
      return l10n.t('The sshd of {0} lets nobody forward sockets (AllowStreamLocalForwarding).', host);
    case 'sshEnded':
      return l10n.t('ssh to {0} ended: {1}. Try "ssh {0}" in a terminal.', host, text);
  }
}
