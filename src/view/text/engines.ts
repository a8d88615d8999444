import { l10n } from 'vscode';
import { isLocalAddress } from '../../engine/address';
import type { Connection, DefaultFor, UnsupportedConnection } from '../../engine/discovery/connection';
import { type EngineError, isTransportError } from '../../engine/error';
import type { EngineId } from '../../graph/model/model';
import type { Plan } from '../../graph/plan/plan';
import type { Report } from '../../graph/plan/report';
import type { EngineStatus, GraphSnapshot, QuarantinedJournal } from '../../service/service';
import { actionText } from './action';
import { countAll, type DisplayText, plainMessage, plainText } from './format';
import { transportErrorHint, transportErrorText } from './transportErrors';

/** Commands that start an engine on this platform. */
function startCommands(): string {
  return process.platform === 'linux'
    ? l10n.t('systemctl --user start podman.socket, or sudo systemctl start docker')
    : l10n.t('podman machine start, or Docker Desktop');
}

/** What to do about an unreachable engine if the transport works; undefined if nothing helpful is known. */
function connectionHint({ reason, details }: EngineError, endpoint: string): string | undefined {
  const address = plainText(endpoint);
  const isLocal = isLocalAddress(endpoint);
  if (reason === 'unreachable') return isLocal ? localHint(details.code, address) : remoteHint(details.code, address);
  if (reason === 'malformed')
    return l10n.t('The server at {0} is neither Podman nor Docker. Check the address.', address);
  if (reason === 'denied') {
    return l10n.t(
      'Permission denied for {0}. With Podman, use the socket of your own user (systemctl --user start podman.socket); with Docker, add yourself to the docker group and sign in again.',
      address,
    );
  }
  if (reason !== 'timeout') return undefined;
  return isLocal
    ? l10n.t(
        "The engine at {0} accepts connections but isn't responding. It may be overloaded; try restarting it.",
        address,
      )
    : l10n.t('{0} did not respond in time. Check the network and whether the engine is overloaded.', address);
}

function localHint(code: string | undefined, address: string): string | undefined {
  if (code === 'ENOENT') return l10n.t('{0} does not exist. Start the engine ({1}).', address, startCommands());
  if (code === 'ECONNREFUSED') {
    return l10n.t(
      '{0} exists, but nothing is listening on it: the engine has exited. Start it again ({1}).',
      address,
      startCommands(),
    );
  }
  return undefined;
}

const unknownHostCodes = new Set(['ENOTFOUND', 'EAI_AGAIN']);
const noRouteCodes = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT']);

function remoteHint(code = '', address: string): string | undefined {
  if (code === 'ECONNREFUSED') {
    return l10n.t('Nothing is listening at {0}. Check the port and that the engine accepts TCP connections.', address);
  }
  if (unknownHostCodes.has(code)) {
    return l10n.t('Unknown host in {0}. Check the spelling, network and VPN.', address);
  }
  if (noRouteCodes.has(code)) {
    return l10n.t("Can't reach the host of {0}. Check the network, VPN and firewall.", address);
  }
  return undefined;
}

/** A single engine is named by its type and version, several by their labels. */
export function engineName(id: EngineId, { engines }: Pick<GraphSnapshot, 'engines'>): DisplayText {
  const status = engines.get(id);
  if (status?.isDemo) return plainText(l10n.t('the demo engine'));
  const title = status?.info?.title;
  return plainText(title && engines.size === 1 ? title : (status?.label ?? id));
}

/** The name of the only engine, beside the view's title: type and version, with its label unless that is the type. */
export function describeEngine({ isDemo, info, label }: Pick<EngineStatus, 'isDemo' | 'info' | 'label'>): string {
  if (isDemo) return l10n.t('Demo');
  const name = plainText(label);
  if (!info) return name;
  return name === info.type ? plainText(info.title) : `${plainText(info.title)} · ${name}`;
}

/** The message above the demo engine's containers. */
export function demoText(): string {
  return l10n.t('Sample containers of the demo engine: nothing here is real.');
}

/** The engine's name in a confirmation, with a note if nothing real is affected. */
export function engineNameInPrompt(id: EngineId, snapshot: Pick<GraphSnapshot, 'engines'>): DisplayText {
  const isDemo = snapshot.engines.get(id)?.isDemo;
  return isDemo ? plainText(l10n.t('the demo engine (nothing real)')) : engineName(id, snapshot);
}

/** Short state of an engine that is not live. */
export function engineStateText(status: Pick<EngineStatus, 'state' | 'error'>): string {
  switch (status.state) {
    case 'live':
      return '';
    case 'connecting':
      return l10n.t('connecting');
    case 'denied':
      return deniedText(status.error);
    case 'disconnected':
      return disconnectedText(status.error);
  }
}

function deniedText(error: EngineError | undefined): string {
  return error && isTransportError(error.reason) ? transportErrorText(error.reason) : l10n.t('permission denied');
}

function disconnectedText(error: EngineError | undefined): string {
  if (!error || error.reason === 'unreachable' || error.reason === 'aborted') return l10n.t('not responding');
  if (isTransportError(error.reason)) return transportErrorText(error.reason);
  if (error.reason === 'timeout') return l10n.t('timed out');
  if (error.reason === 'malformed') return l10n.t('not a container engine');
  return error.reason === 'unsupported' ? l10n.t('not supported') : plainText(error.detail);
}

/** Short description of the problem of a live engine. */
export function problemLabel({ problem }: EngineStatus): string {
  if (!problem) return '';
  return problem.kind === 'noEvents' ? l10n.t('no events') : l10n.t("can't be listed");
}

/** The problem of a live engine, with the engine's error. */
export function problemText({ problem }: EngineStatus): string | undefined {
  if (!problem) return undefined;
  const reason = plainText(problem.error.detail);
  if (problem.kind === 'noList') return l10n.t("Its containers can't be listed: {0}", reason);
  return reason
    ? l10n.t('The engine reports no events, so its containers are listed every few seconds: {0}', reason)
    : l10n.t('The engine reports no events, so its containers are listed every few seconds.');
}

/** The message above the last known state of a disconnected engine. */
export function staleText(status: EngineStatus): string {
  return l10n.t('{0}: {1}. Showing last known state; retrying…', plainText(status.label), engineStateText(status));
}

/**
 * The heading of an engine in the graph.
 *
 * @param lastSeen milliseconds since the epoch; undefined if it was not connected since the graph opened
 */
export function engineHeading(name: string, status: EngineStatus, lastSeen: number | undefined): string {
  const state = engineStateText(status);
  if (status.state !== 'disconnected' || !status.listed) return [name, state].filter(Boolean).join(' · ');
  if (lastSeen === undefined) return l10n.t('{0}: {1}. Retrying…', name, state);
  const time = new Date(lastSeen).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
  return l10n.t('{0}: {1}. Last seen {2}. Retrying…', name, state, time);
}

/** What to do about an unreachable engine; undefined if there is nothing but to wait. */
export function engineHint({
  error,
  state,
  endpoint,
}: Pick<EngineStatus, 'error' | 'state' | 'endpoint'>): string | undefined {
  return error && state !== 'live' ? (transportErrorHint(error) ?? connectionHint(error, endpoint)) : undefined;
}

/** Why a configured address is invalid. */
export function unsupportedText({ text, source }: UnsupportedConnection): string {
  const origin = source === 'setting' ? l10n.t('the setting podgraph.connections') : source;
  return l10n.t(
    '{0} (from {1}) is not a valid address. Examples: unix:///run/podman/podman.sock, ssh://user@host/run/podman/podman.sock.',
    plainText(text),
    origin,
  );
}

/** Where a connection is configured. */
export function sourceText({ source }: Pick<Connection, 'source'>): string {
  switch (source) {
    case 'setting':
      return l10n.t('from settings');
    case 'CONTAINER_HOST':
    case 'DOCKER_HOST':
      return l10n.t('from {0}', source);
    case 'podman connection':
      return l10n.t("from Podman's connections");
    case 'docker context':
      return l10n.t("from Docker's contexts");
    case 'default':
      return l10n.t('found on this machine');
  }
}

/** The tools that use an engine by default. */
export function defaultText(of: DefaultFor | undefined): string | undefined {
  return of && l10n.t('default for {0}', of);
}

/** Set if another connection to the same engine is shown instead. */
export function duplicateText(label: string | undefined): string | undefined {
  return label === undefined ? undefined : l10n.t('the same engine as {0}', plainText(label));
}

/** `Removal of 14 was interrupted: 6 removed, 8 remaining.` */
export function recoveredText({ nodes, plan }: Report, remaining: number): DisplayText {
  return plainMessage(actionText(plan.action).interrupted(nodes.size, remaining));
}

export function otherWindowText({ counts, action }: Plan): DisplayText {
  const targets = countAll(counts);
  if (action !== 'remove') return plainMessage(l10n.t('Another window is working on {0}.', targets));
  return plainMessage(l10n.t('Another window is removing {0}.', targets));
}

export function quarantineText({ file, why }: QuarantinedJournal): DisplayText {
  return plainMessage(
    l10n.t(
      "The record of an earlier run can't be used: {0}. It was moved to {1}. Check the view for what still exists.",
      plainText(why),
      plainText(file),
    ),
  );
}
