import { isIPv6 } from 'node:net';
import type { EngineStatus } from '../service/service';

/* eslint-disable no-restricted-syntax -- the expressions are made of our own patterns, and of names taken literally */

/** What is known of this machine, and is nobody else's business. */
export interface PersonalData {
  /** The home folder of the person. */
  readonly home?: string;
  readonly users?: readonly string[];
  readonly hosts?: readonly string[];
  /** Ids of engines: they hold what their addresses hold. */
  readonly engines?: readonly string[];
}

/** Each takes time linear in the text: a word is looked at from its beginning alone. */
type Rule = (text: string) => string;

/** Words that name a secret, in whatever key, option or variable they stand. */
const secretText =
  '(?:token|secret|passw(?:or)?d|passphrase|pwd|api[-_]?key|access[-_]?key|private[-_]?key|credential|auth|cookie|session)';
/** A value as shells and JSON write it; where a quote is not closed, the rest of the line. */
const value = `(?:"[^"\\n]*(?:"|$)|'[^'\\n]*(?:'|$)|[^\\s"',;&}]+)+`;
/** Registries and sites that everybody uses say nothing about a person. */
const common = /^(?:[\w-]+\.)*(?:docker|quay|ghcr|gcr|k8s|github|podman|microsoft|visualstudio|localhost)\.\w+$/i;

const isLoopback = (host: string) => /^(?:localhost|127(?:\.\d{1,3}){3}|0\.0\.0\.0|\[?::1?\]?)$/i.test(host);

/** Who and where in a URL's authority, `ada:pw@box:22`; the port says nothing. */
function authority(_: string, scheme: string, user: string | undefined, element: string): string {
  const [, host = '', port = ''] = /^(\[[^\]]*\]|[^:]*)(:\d+)?/.exec(element) ?? [];
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

/** Letters of both kinds and digits, for long: nobody calls a container so. */
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
      new RegExp(`((?<![\\w.-])(?=[\\w.-]*${secretText})[\\w.-]+["']?\\s*[:=]\\s*)${value}`, 'gim'),
      '$1<secret>',
    ),
  (text) =>
    text.replace(new RegExp(`((?<![\\w-])(?=\\w*-[\\w-]*${secretText})[\\w-]+\\s+)(?!<)${value}`, 'gim'), '$1<secret>'),
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
  // Ids of containers are as long as some tokens: what is left of either names a container and opens nothing.
  (text) => text.replace(/\b[0-9a-f]{32,}\b/gi, (hex) => (hex.length === 64 ? hex.slice(0, 12) : '<secret>')),
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
      (name) => (common.test(name) ? name : '<host>'),
    ),
];

const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Names that are none: they say nothing, and stand in many a word. */
const saysNothing = /^(?:root|localhost|user|podman|docker|podgraph|core|.{0,2})$/i;

function removeAll(text: string, names: readonly string[], stead: string): string {
  return names
    .filter((name) => !saysNothing.test(name))
    .sort((one, other) => other.length - one.length)
    .reduce((rest, name) => rest.replace(new RegExp(`(?<![\\w<])${literally(name)}(?![\\w>])`, 'gi'), stead), text);
}

/**
 * Takes out of a text what others must not read: secrets, who and where a person is. Rather too much than too little; what is
 * taken out leaves a word in angle brackets. A second time changes nothing.
 */
export function redact(text: string, knownNodes: PersonalData = {}): string {
  const { home, engines = [] } = knownNodes;
  const idless = engines.reduce((rest, id, at) => rest.replaceAll(id, `<engine ${at + 1}>`), text);
  const homeless =
    home && home.length > 1 ? idless.replace(new RegExp(`${literally(home)}(?![\\w-])`, 'gi'), '~') : idless;
  const nameless = removeAll(removeAll(homeless, knownNodes.hosts ?? [], '<host>'), knownNodes.users ?? [], '<user>');
  return rules.reduce((rest, rule) => rule(rest), nameless);
}

/** What a report about Podgraph itself is made of. */
export interface DiagnosticInfo {
  /** What is said to the person who reads it before sending. */
  readonly introduction: string;
  /** `VS Code` -> `1.100.3` */
  readonly versions: readonly (readonly [string, string])[];
  readonly engines: readonly Pick<EngineStatus, 'endpoint' | 'state' | 'info' | 'error'>[];
  readonly counts: { readonly pods: number; readonly containers: number };
  /** Settings that somebody has set to something else than they are by themselves. */
  readonly settings: readonly (readonly [string, unknown])[];
  readonly log: readonly string[];
  readonly known: PersonalData;
}

/** The report as Markdown, without secrets. English but for its introduction: whoever mends Podgraph has to read it. */
export function issueBody({
  introduction,
  versions,
  engines,
  counts,
  settings,
  log,
  known: knownNodes,
}: DiagnosticInfo): string {
  const clear = (text: string) => redact(text, knownNodes);
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

/** `podman 5.4.2, API 5.4.2, over ssh: lost (unreachable: …)`. Neither label nor address: both name hosts. */
function engineLine(
  { endpoint, state, info, error }: DiagnosticInfo['engines'][number],
  clear: (text: string) => string,
) {
  const what = info ? `${info.type} ${info.version}, API ${info.apiVersion}` : 'not known';
  const why = error ? ` (${error.reason}: ${clear(oneLine(error.detail))})` : '';
  return `${what}, over ${/^[a-z]+(?=:)/.exec(endpoint)?.[0] ?? 'a way of its own'}: ${state}${why}`;
}

/** Connections and names are told by their kind and number: what they say is a person's own. */
function settingText(name: string, value: unknown): string {
  if (name === 'podgraph.connections' && Array.isArray(value)) return value.map(connectionText).join('; ') || 'empty';
  if (Array.isArray(value)) return `${value.length} entries`;
  return `\`${oneLine(redact(JSON.stringify(value)))}\``;
}

function connectionText(entry: unknown): string {
  const fields = typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>) : { address: entry };
  const { address, ...others } = fields;
  const scheme = /^[a-z]+(?=:\/)/.exec(String(address))?.[0] ?? 'no scheme';
  const knownNodes = ['name', 'hidden', 'identity', 'tls'].filter((name) => name in others);
  return [scheme, ...knownNodes.map((name) => `with ${name}`)].join(' ');
}

/** A fence longer than any that a line of the log could hold. */
function fenced(lines: readonly string[]): string[] {
  const longest = Math.max(
    2,
    ...lines.map((line) => Math.max(0, ...[...line.matchAll(/`+/g)].map(([ticks]) => ticks.length))),
  );
  const fence = '`'.repeat(longest + 1);
  return [`${fence}text`, ...lines, fence];
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').replaceAll('`', "'");
