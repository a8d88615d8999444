import { l10n } from 'vscode';
import { countNodes } from '../../graph/model/graph';
import type { ContainerNode } from '../../graph/model/model';
import type { NodeCounts } from '../../graph/plan/report';
import type { GraphSnapshot } from '../../service/service';

declare const displayed: unique symbol;

/**
 * Text that is only text wherever the editor shows it: one line without control characters, links or icons. Only the
 * functions of this file make it; all that shows text (`view/display.ts`, the rows of the tree) accepts nothing else.
 */
export type DisplayText = string & { readonly [displayed]: true };

/** Characters of a name or an engine's message: a label may hold megabytes. */
const nameLength = 200;
/** Characters of a whole message; the editor itself cuts notifications there. */
const messageLength = 1000;
/** Characters of a line of the log. */
const logLength = 8000;

/** Control and bidirectional characters, zero-width ones, tags, halves of characters and line breaks: they disguise text. */
const disguises =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\p{Surrogate}]+/gu;
/**
 * What the editor gives a meaning in plain strings: `[text](target)` is a link in notifications, progress and prompts; a
 * dollar sign before a name in parentheses is an icon in quick picks, the status bar and terminal tabs. A space between both
 * characters ends that.
 */
const markers = /(?<=\])(?=\()|(?<=\$)(?=\()/g;

/**
 * Text from outside (names, images, labels, addresses, messages of engines) as one short harmless line. Applying it to its own
 * result changes nothing.
 */
export function plainText(raw: string): DisplayText {
  return harmless(raw, nameLength);
}

/** A whole message: our own words and the texts that were put into them, which must not become a link together either. */
export function plainMessage(text: string): DisplayText {
  return harmless(text, messageLength);
}

/** Several messages, a line each: the detail of a question, a tooltip. */
export function plainLines(lines: readonly string[]): DisplayText {
  return lines
    .flatMap((line) => line.split('\n'))
    .map((line) => plainMessage(line))
    .filter(Boolean)
    .join('\n') as DisplayText;
}

/** A line of the log: whatever an engine said stays one line there, and keeps its wording. */
export function logLine(text: string): string {
  return cut(
    text
      .slice(0, 4 * logLength)
      .replace(disguises, ' ')
      .trim(),
    logLength,
    text,
  );
}

function harmless(raw: string, max: number): DisplayText {
  // Cut before it is searched: what follows is not shown anyway.
  const line = raw
    .slice(0, 4 * max)
    .replace(disguises, ' ')
    .trim()
    .replace(markers, ' ');
  return cut(line, max, raw) as DisplayText;
}

function cut(line: string, max: number, raw: string): string {
  if (line.length <= max && raw.length <= 4 * max) return line;
  return `${line.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** Our own icon before a text. */
export function withIcon(icon: `$(${string})`, text: DisplayText): DisplayText {
  return `${icon} ${text}` as DisplayText;
}

/** The same for Markdown: every character that Markdown or HTML gives a meaning to stands for itself. */
export function escapeMarkdown(text: string): string {
  return plainText(text)
    .replace(/[\\`*_{}[\]()#+\-.!|~>$:@]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;');
}

/** `3 pods and 14 containers`, `1 pod`, `no containers`. */
export function podsAndContainers(pods: number, containers: number): string {
  return countAll({ pods, containers, volumes: 0 });
}

/** `1 pod, 2 containers and 3 volumes`, `2 containers and 1 volume`, `no containers`. */
export function countAll({ pods, containers, volumes }: Readonly<NodeCounts>): string {
  const parts: string[] = [];
  if (pods > 0) parts.push(countPods(pods));
  if (containers > 0) parts.push(countContainers(containers));
  if (volumes > 0) parts.push(countVolumes(volumes));
  const [first = countContainers(0), second, third] = parts;
  if (second === undefined) return first;
  return third === undefined ? l10n.t('{0} and {1}', first, second) : l10n.t('{0}, {1} and {2}', first, second, third);
}

function countPods(count: number): string {
  return count === 1 ? l10n.t('1 pod') : l10n.t('{0} pods', count);
}

function countContainers(count: number): string {
  if (count === 0) return l10n.t('no containers');
  return count === 1 ? l10n.t('1 container') : l10n.t('{0} containers', count);
}

/** A number of nodes that goes without saying what they are; in some languages a number does not stand alone. */
export function countText(count: number): string {
  return l10n.t('{0}', count);
}

/** Names one after another, set apart as the language does. */
export function joinList(names: readonly string[]): string {
  return names.join(l10n.t(', '));
}

/** Sentences one after another, set apart as the language does. */
export function joinSentences(said: readonly string[]): DisplayText {
  return plainMessage(said.reduce((before, next) => (before ? l10n.t('{0} {1}', before, next) : next), ''));
}

function countVolumes(count: number): string {
  return count === 1 ? l10n.t('1 volume') : l10n.t('{0} volumes', count);
}

/** Up to `most` names, and how many more there are: `web, db, +2`. */
export function summarizeNames(names: readonly string[], most: number): string {
  const named = joinList(names.slice(0, most));
  const more = names.length - most;
  return more > 0 ? l10n.t('{0}, +{1}', named, more) : named;
}

/** `0.8 s`, `12 s`, `3 min 20 s`. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 20) return l10n.t('{0} s', Math.max(0, seconds).toFixed(1));
  if (seconds < 120) return l10n.t('{0} s', Math.round(seconds));
  return l10n.t('{0} min {1} s', Math.floor(seconds / 60), Math.round(seconds % 60));
}

/**
 * An image's name as people say it: without registry and path, without `:latest` and digests.
 * `docker.io/library/nginx:latest` is `nginx`; a bare id is cut to 12 digits.
 */
export function imageName(image: string): string {
  const name = plainText(image);
  const digest = name.indexOf('@');
  const last = (digest < 0 ? name : name.slice(0, digest)).split('/').at(-1) ?? '';
  const bare = last.replace(/^sha256:/, '').replace(/:latest$/, '');
  return /^[0-9a-f]{64}$/.test(bare) ? bare.slice(0, 12) : bare;
}

/** A port of a container that its engine's machine listens on. */
interface PublishedPort {
  /** As the tree tells it: `0.0.0.0:8443 -> 443/tcp`. */
  readonly text: DisplayText;
  /** `https://localhost:8443/`; a guess by the port's number. */
  readonly address: string;
}

/** Ports on which web servers speak TLS by convention. */
const secure: ReadonlySet<number> = new Set([443, 8443, 6443, 9443, 4443]);
const anyAddress: ReadonlySet<string> = new Set(['', '0.0.0.0', '[::]', '127.0.0.1', '[::1]']);

/**
 * The ports that can be opened in a browser: published ones, tcp.
 * @param endpoint where the engine is reached; ports of one on another machine are published there
 */
export function publishedPorts({ ports }: Pick<ContainerNode, 'ports'>, endpoint: string): PublishedPort[] {
  const found = new Map<string, PublishedPort>();
  for (const text of ports) {
    const [, host = '', first, inner] = /^(?:(.+):)?(\d+)(?:-\d+)? -> (\d+)(?:-\d+)?\/tcp$/.exec(text) ?? [];
    if (first === undefined || inner === undefined || Number(first) === 0) continue;
    const scheme = secure.has(Number(inner)) || secure.has(Number(first)) ? 'https' : 'http';
    const where = anyAddress.has(host) ? machineOf(endpoint) : host;
    const address = `${scheme}://${where}:${first}/`;
    // The same port on all IPv4 and all IPv6 addresses is one.
    if (!found.has(address)) found.set(address, { text: plainText(text), address });
  }
  return [...found.values()];
}

function machineOf(endpoint: string): string {
  const [, host] = /^(?:tcp|https?|ssh):\/\/(?:[^@/]*@)?(\[[^\]]+\]|[^:/]+)/.exec(endpoint) ?? [];
  return host ?? 'localhost';
}

/** How much the shown engines hold; undefined when it is nothing. */
export function summaryText({ graph, engines }: Pick<GraphSnapshot, 'graph' | 'engines'>): string | undefined {
  const counts = [...engines.keys()].map((engine) => countNodes(graph, engine));
  const pods = counts.reduce((sum, count) => sum + count.pods, 0);
  const containers = counts.reduce((sum, count) => sum + count.containers, 0);
  return pods + containers > 0 ? podsAndContainers(pods, containers) : undefined;
}
