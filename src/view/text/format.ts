import { l10n } from 'vscode';
import { countNodes } from '../../graph/model/graph';
import { type ContainerNode, shortId } from '../../graph/model/model';
import type { NodeCounts } from '../../graph/plan/report';
import type { GraphSnapshot } from '../../service/service';

declare const displayed: unique symbol;

/**
 * Sanitized text: one line without control characters, links or icons. Only the functions of this file create it, and
 * `view/display.ts` and the tree accept nothing else.
 */
export type DisplayText = string & { readonly [displayed]: true };

/** Maximum characters of a name or an engine's message: a label can have megabytes. */
const nameLength = 200;
/** Maximum characters of a message; VS Code truncates notifications at this length. */
const messageLength = 1000;
/** Maximum characters of a log line. */
const logLength = 8000;

/** Control, bidirectional and zero-width characters, tags, lone surrogates and line breaks: they can disguise text. */
const deceptiveCharacters =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\p{Surrogate}]+/gu;
/**
 * Markup in plain strings: `[text](target)` is a link in notifications, progress and prompts; a name in parentheses after a
 * dollar sign is an icon in quick picks, the status bar and terminal tabs. A space before the parenthesis disables both.
 */
const markers = /(?<=\])(?=\()|(?<=\$)(?=\()/g;

/** Sanitizes external text: names, images, labels, addresses, messages of engines. Idempotent. */
export function plainText(raw: string): DisplayText {
  return sanitize(raw, nameLength);
}

/** Sanitizes a whole message: its parts must not form a link together. */
export function plainMessage(text: string): DisplayText {
  return sanitize(text, messageLength);
}

/** Sanitizes several messages, one per line. */
export function plainLines(lines: readonly string[]): DisplayText {
  return lines
    .flatMap((line) => line.split('\n'))
    .map((line) => plainMessage(line))
    .filter(Boolean)
    .join('\n') as DisplayText;
}

/** One line for the log, without changing links or icons. */
export function logLine(text: string): string {
  return cut(
    text
      .slice(0, 4 * logLength)
      .replace(deceptiveCharacters, ' ')
      .trim(),
    logLength,
    text,
  );
}

function sanitize(raw: string, max: number): DisplayText {
  // Truncate before matching: the text can be long.
  const line = raw
    .slice(0, 4 * max)
    .replace(deceptiveCharacters, ' ')
    .trim()
    .replace(markers, ' ');
  return cut(line, max, raw) as DisplayText;
}

function cut(line: string, max: number, raw: string): string {
  if (line.length <= max && raw.length <= 4 * max) return line;
  return `${line.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

export function withIcon(icon: `$(${string})`, text: DisplayText): DisplayText {
  return `${icon} ${text}` as DisplayText;
}

/** Sanitizes text and escapes Markdown and HTML. */
export function escapeMarkdown(text: string): string {
  return plainText(text)
    .replace(/[\\`*_{}[\]()#+\-.!|~>$:@]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;');
}

/** `3 pods and 14 containers`, `1 pod`, `no containers`. */
export function podsAndContainers(pods: number, containers: number): string {
  return countAll({ pods, containers });
}

/** `1 pod, 2 containers and 3 volumes`, `2 containers and 1 volume`, `no containers`. */
export function countAll({
  pods,
  containers,
  units,
  volumes,
  networks,
  images,
}: Partial<Readonly<NodeCounts>>): string {
  const parts: string[] = [];
  if (pods) parts.push(countPods(pods));
  if (containers) parts.push(countContainers(containers));
  if (units) parts.push(units === 1 ? l10n.t('1 systemd unit') : l10n.t('{0} systemd units', units));
  if (networks) parts.push(networks === 1 ? l10n.t('1 network') : l10n.t('{0} networks', networks));
  if (volumes) parts.push(countVolumes(volumes));
  if (images) parts.push(images === 1 ? l10n.t('1 image') : l10n.t('{0} images', images));
  const last = parts.pop() ?? countContainers(0);
  if (parts.length < 2) return parts[0] === undefined ? last : l10n.t('{0} and {1}', parts[0], last);
  return l10n.t('{0}, {1} and {2}', joinList(parts.slice(0, -1)), parts.at(-1) ?? '', last);
}

function countPods(count: number): string {
  return count === 1 ? l10n.t('1 pod') : l10n.t('{0} pods', count);
}

function countContainers(count: number): string {
  if (count === 0) return l10n.t('no containers');
  return count === 1 ? l10n.t('1 container') : l10n.t('{0} containers', count);
}

/** A number of nodes without a noun; some languages need a measure word. */
export function countText(count: number): string {
  return l10n.t('{0}', count);
}

/** Created once, because creation is slow. */
const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const oneDigit = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

/** `812 kB`, `1.4 MB`, `23.1 GB`; SI units, as Podman and Docker show them. */
export function sizeText(bytes: number): string {
  const [unit, size] = bytes >= 1e9 ? ['GB', bytes / 1e9] : bytes >= 1e6 ? ['MB', bytes / 1e6] : ['kB', bytes / 1e3];
  return `${(unit === 'kB' ? whole : oneDigit).format(size)} ${unit}`;
}

export function joinList(names: readonly string[]): string {
  return names.join(l10n.t(', '));
}

/** Lines of a document below a heading. */
export function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

export function joinSentences(sentences: readonly string[]): DisplayText {
  return plainMessage(sentences.reduce((before, next) => (before ? l10n.t('{0} {1}', before, next) : next), ''));
}

function countVolumes(count: number): string {
  return count === 1 ? l10n.t('1 volume') : l10n.t('{0} volumes', count);
}

/** Up to `limit` names and the number of the others: `web, db, +2`. */
export function summarizeNames(names: readonly string[], limit: number): string {
  const named = joinList(names.slice(0, limit));
  const more = names.length - limit;
  return more > 0 ? l10n.t('{0}, +{1}', named, more) : named;
}

/** `0.8 s`, `12 s`, `3 min 20 s`. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 20) return l10n.t('{0} s', Math.max(0, seconds).toFixed(1));
  if (seconds < 120) return l10n.t('{0} s', Math.round(seconds));
  return l10n.t('{0} min {1} s', Math.floor(seconds / 60), Math.round(seconds % 60));
}

/** `35 s`, rounded up; from 2 minutes on in minutes. */
export function atMostText(seconds: number): string {
  return seconds > 120 ? l10n.t('{0} min', Math.ceil(seconds / 60)) : l10n.t('{0} s', Math.ceil(seconds));
}

/** Short image name: `docker.io/library/nginx:latest` is `nginx`; an id is cut to 12 digits. */
export function imageName(image: string): string {
  const name = plainText(image);
  const digest = name.indexOf('@');
  const last = (digest < 0 ? name : name.slice(0, digest)).split('/').at(-1) ?? '';
  const bare = last.replace(/^sha256:/, '').replace(/:latest$/, '');
  return /^[0-9a-f]{64}$/.test(bare) ? shortId(bare) : bare;
}

interface PublishedPort {
  /** `0.0.0.0:8443 -> 443/tcp` */
  readonly text: DisplayText;
  /** `https://localhost:8443/`; the scheme is guessed from the port. */
  readonly address: string;
}

/** Ports that use TLS by convention. */
const tlsPorts: ReadonlySet<number> = new Set([443, 8443, 6443, 9443, 4443]);
const anyAddress: ReadonlySet<string> = new Set(['', '0.0.0.0', '[::]', '127.0.0.1', '[::1]']);

/**
 * Published TCP ports that a browser can open.
 * @param endpoint of the engine: ports of a remote engine are published on its host
 */
export function publishedPorts({ ports }: Pick<ContainerNode, 'ports'>, endpoint: string): PublishedPort[] {
  const found = new Map<string, PublishedPort>();
  for (const text of ports) {
    const [, host = '', first, inner] = /^(?:(.+):)?(\d+)(?:-\d+)? -> (\d+)(?:-\d+)?\/tcp$/.exec(text) ?? [];
    if (first === undefined || inner === undefined || Number(first) === 0) continue;
    const scheme = tlsPorts.has(Number(inner)) || tlsPorts.has(Number(first)) ? 'https' : 'http';
    const hostName = anyAddress.has(host) ? hostOf(endpoint) : host;
    const address = `${scheme}://${hostName}:${first}/`;
    // Ports published on both IPv4 and IPv6 are listed once.
    if (!found.has(address)) found.set(address, { text: plainText(text), address });
  }
  return [...found.values()];
}

function hostOf(endpoint: string): string {
  const [, host] = /^(?:tcp|https?|ssh):\/\/(?:[^@/]*@)?(\[[^\]]+\]|[^:/]+)/.exec(endpoint) ?? [];
  return host ?? 'localhost';
}

/** Number of pods and containers of all visible engines; undefined if there are none. */
export function summaryText({ graph, engines }: Pick<GraphSnapshot, 'graph' | 'engines'>): string | undefined {
  const counts = [...engines.keys()].map((engine) => countNodes(graph, engine));
  const pods = counts.reduce((sum, count) => sum + count.pods, 0);
  const containers = counts.reduce((sum, count) => sum + count.containers, 0);
  return pods + containers > 0 ? podsAndContainers(pods, containers) : undefined;
}
