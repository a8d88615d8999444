import { isIPv6 } from 'node:net';
import { shortId } from '../graph/model/model';
import { isObject } from '../graph/model/untrusted';
import type { EngineStatus } from '../service/service';

/* eslint-disable no-restricted-syntax -- expressions are built from constants and escaped names */

/** Names of this machine and user to redact. */
export interface PersonalData {
  readonly home?: string;
  readonly users?: readonly string[];
  readonly hosts?: readonly string[];
  /** Engine ids: they contain addresses. */
  readonly engines?: readonly string[];
}

/** Each runs in linear time: words are matched from their start only. */
type Rule = (text: string) => string;

/** Key, option and variable names that hold secrets. */
const secretNames =
  '(?:token|secret|passw(?:or)?d|passphrase|pwd|api[-_]?key|access[-_]?key|private[-_]?key|credential|auth|cookie|session)';
/** A value in shell or JSON syntax; an unclosed quote extends to the end of the line. */
const value = `(?:"[^"\\n]*(?:"|$)|'[^'\\n]*(?:'|$)|[^\\s"',;&}]+)+`;
/** Public registries and sites are not personal. */
const publicHosts = /^(?:[\w-]+\.)*(?:docker|quay|ghcr|gcr|k8s|github|podman|microsoft|visualstudio|localhost)\.\w+$/i;

const isLoopback = (host: string) => /^(?:localhost|127(?:\.\d{1,3}){3}|0\.0\.0\.0|\[?::1?\]?)$/i.test(host);

/** Redacts user and host of a URL's authority, `ada:pw@box:22`; keeps the port. */
function authority(_: string, scheme: string, user: string | undefined, hostAndPort: string): string {
  const [, host = '', port = ''] = /^(\[[^\]]*\]|[^:]*)(:\d+)?/.exec(hostAndPort) ?? [];
  return `${scheme}://${user ? '<user>@' : ''}${host === '' || isLoopback(host) ? host : '<host>'}${port}`;
}

function ipv6(candidate: string): string {
  let end = candidate.length;
  while (end > 0 && ':.'.includes(candidate.charAt(end - 1))) end--;
  const [bare, tail] = [candidate.slice(0, end), candidate.slice(end)];
  for (const [address, rest] of [
    [candidate, ''],
    [bare, tail],
  ] as const) {
    if (isIPv6(address)) return isLoopback(address) ? candidate : `<ip>${rest}`;
  }
  return candidate;
}

/** Mixed case and digits: container names rarely are. */
const looksRandom = (word: string) => /[a-z]/.test(word) && /[A-Z]/.test(word) && /\d/.test(word);

const rules: readonly Rule[] = [
  (text) => text.replace(/-----BEGIN [A-Z ]+-----[\s\S]*?(?:-----END [A-Z ]+-----|$(?![\s\S]))/g, '<secret>'),
  (text) =>
    text.replace(
      /\b((?:proxy-)?authorization|(?:set-)?cookie|x-registry-(?:auth|config))([^\w:\n]*:).+$/gim,
      '$1$2 <secret>',
    ),
  (text) => text.replace(/\b(bearer|basic|digest)\s+[^\s'",;<]+/gi, '$1 <secret>'),
  (text) => text.replace(/\b([a-z][a-z0-9+.-]*):\/\/([^\s'"<>]*@)?([^\s/'"<>?#,;()]*)/gi, authority),
  (text) => text.replace(/(:\/\/[^\s'"?]*\?)[^\s'"]+/g, '$1<query>'),
  (text) =>
    text.replace(
      new RegExp(`((?<![\\w.-])(?=[\\w.-]*${secretNames})[\\w.-]+["']?\\s*[:=]\\s*)${value}`, 'gim'),
      '$1<secret>',
    ),
  (text) =>
    text.replace(
      new RegExp(`((?<![\\w-])(?=\\w*-[\\w-]*${secretNames})[\\w-]+\\s+)(?!<)${value}`, 'gim'),
      '$1<secret>',
    ),
  (text) => text.replace(new RegExp(`((?:^|[^\\w-])(?:-e|--env)[= ]["']?[\\w.]+=)${value}`, 'gm'), '$1<value>'),
  (text) => text.replace(new RegExp(`(\\b[A-Z_][A-Z0-9_]+=)${value}`, 'gm'), '$1<value>'),
  (text) => text.replace(/(?<![\w.+-])[\w.+-]+@(?!sha\d+:)(?:\[[^\]\s]*\]|[\w.-]+)/g, '<user>@<host>'),
  (text) =>
    text.replace(
      /((?:[a-z]:)?(?<![\\/])[\\/]+(?:home|users)[\\/]+)(?:[^\\/\n'":<>]+(?=[\\/])|[^\s\\/'":,;)<>]+)/gi,
      '$1<user>',
    ),
  (text) =>
    text.replace(/\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-|dckr_pat_|npm_|hf_|AIza)[\w-]{10,}/g, '<secret>'),
  (text) => text.replace(/\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b|\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g, '<secret>'),
  // Container ids are as long as some tokens: 12 digits identify a container but are useless as a token.
  (text) => text.replace(/\b[0-9a-f]{32,}\b/gi, (hex) => (hex.length === 64 ? shortId(hex) : '<secret>')),
  (text) => text.replace(/[A-Za-z0-9+_=-]{24,}/g, (word) => (looksRandom(word) ? '<secret>' : word)),
  (text) => text.replace(/\b[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}\b/gi, '<mac>'),
  (text) => text.replace(/(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)/g, (ip) => (isLoopback(ip) ? ip : '<ip>')),
  (text) => text.replace(/(?<![\w:.])[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*(?:%\w+)?/gi, ipv6),
  (text) =>
    text.replace(
      /\b(ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ECONNREFUSED|ETIMEDOUT) (?![<\d/])(?!localhost\b)[^\s:,]+/g,
      '$1 <host>',
    ),
  (text) =>
    text.replace(
      /(?<![\w.-])(?:[a-z0-9-]+\.)+(?:com|net|org|io|dev|app|cloud|internal|local|localdomain|lan|corp|home|intra|example)\b(?![.-]\w)/gi,
      (name) => (publicHosts.test(name) ? name : '<host>'),
    ),
];

const escapeRegExp = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Not personal, and common in other words. */
const genericNames = /^(?:root|localhost|user|podman|docker|podgraph|core|.{0,2})$/i;

function removeAll(text: string, names: readonly string[], replacement: string): string {
  return names
    .filter((name) => !genericNames.test(name))
    .sort((one, other) => other.length - one.length)
    .reduce(
      (rest, name) => rest.replace(new RegExp(`(?<![\\w<])${escapeRegExp(name)}(?![\\w>])`, 'gi'), replacement),
      text,
    );
}

/** Replaces secrets and the names of users and hosts by placeholders, rather too many than too few. Idempotent. */
export function redact(text: string, personal: PersonalData = {}): string {
  const { home, engines = [] } = personal;
  const withoutIds = engines.reduce((rest, id, at) => rest.replaceAll(id, `<engine ${at + 1}>`), text);
  const withoutHome =
    home && home.length > 1 ? withoutIds.replace(new RegExp(`${escapeRegExp(home)}(?![\\w-])`, 'gi'), '~') : withoutIds;
  const withoutNames = removeAll(
    removeAll(withoutHome, personal.hosts ?? [], '<host>'),
    personal.users ?? [],
    '<user>',
  );
  return rules.reduce((rest, rule) => rule(rest), withoutNames);
}

/** Contents of a problem report. */
export interface DiagnosticInfo {
  /** Instructions for the user who reviews the report. */
  readonly introduction: string;
  /** `VS Code` -> `1.100.3` */
  readonly versions: readonly (readonly [string, string])[];
  readonly engines: readonly Pick<EngineStatus, 'endpoint' | 'state' | 'info' | 'error'>[];
  readonly counts: { readonly pods: number; readonly containers: number };
  /** Settings that differ from their defaults. */
  readonly settings: readonly (readonly [string, unknown])[];
  readonly log: readonly string[];
  readonly known: PersonalData;
}

/** The redacted report as Markdown. English except for the introduction, because maintainers read it. */
export function issueBody({ introduction, versions, engines, counts, settings, log, known }: DiagnosticInfo): string {
  const clear = (text: string) => redact(text, known);
  const lines = [
    `<!-- ${introduction.replaceAll('--', '––')} -->`,
    '',
    '## What happened',
    '',
    '',
    '## Versions',
    '',
    ...versions.map(([name, version]) => `- ${name}: ${clear(version)}`),
    '',
    '## Engines',
    '',
    ...(engines.length > 0 ? engines.map((engine) => `- ${engineLine(engine, clear)}`) : ['- none']),
    `- ${counts.pods} pods, ${counts.containers} containers`,
    '',
    '## Settings that were changed',
    '',
    ...(settings.length > 0
      ? settings.map(([name, value]) => `- \`${name}\`: ${settingText(name, value)}`)
      : ['- none']),
    '',
    '## Log',
    '',
    ...fenced(log.map(clear)),
    '',
  ];
  return lines.join('\n');
}

/** `podman 5.4.2, API 5.4.2, over ssh: disconnected (unreachable: …)`. No label and no address: both contain host names. */
function engineLine(
  { endpoint, state, info, error }: DiagnosticInfo['engines'][number],
  clear: (text: string) => string,
) {
  const engine = info ? `${info.type} ${info.version}, API ${info.apiVersion}` : 'unknown engine';
  const reason = error ? ` (${error.reason}: ${clear(oneLine(error.detail))})` : '';
  return `${engine}, over ${/^[a-z]+(?=:)/.exec(endpoint)?.[0] ?? 'custom transport'}: ${state}${reason}`;
}

/** Connections and names are personal: only their kind and number are included. */
function settingText(name: string, value: unknown): string {
  if (name === 'podgraph.connections' && Array.isArray(value)) return value.map(connectionText).join('; ') || 'empty';
  if (Array.isArray(value)) return `${value.length} entries`;
  return `\`${oneLine(redact(JSON.stringify(value)))}\``;
}

function connectionText(entry: unknown): string {
  const { address, ...others } = isObject(entry) ? entry : { address: entry };
  const scheme = /^[a-z]+(?=:\/)/.exec(String(address))?.[0] ?? 'no scheme';
  const options = ['name', 'hidden', 'identity', 'tls'].filter((name) => name in others);
  return [scheme, ...options.map((name) => `with ${name}`)].join(' ');
}

/** The fence is longer than any run of backticks in the lines. */
function fenced(lines: readonly string[]): string[] {
  const longest = Math.max(
    2,
    ...lines.map((line) => Math.max(0, ...[...line.matchAll(/`+/g)].map(([ticks]) => ticks.length))),
  );
  const fence = '`'.repeat(longest + 1);
  return [`${fence}text`, ...lines, fence];
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').replaceAll('`', "'");
