import type { EngineStatus } from '../../service/service';
import type { Known } from './redact';
import { redact } from './redact';

/** What a report about Podgraph itself is made of. */
export interface Circumstances {
  /** What is said to the person who reads it before sending. */
  readonly introduction: string;
  /** `VS Code` -> `1.100.3` */
  readonly versions: readonly (readonly [string, string])[];
  readonly engines: readonly Pick<EngineStatus, 'endpoint' | 'state' | 'info' | 'error'>[];
  readonly counts: { readonly pods: number; readonly containers: number };
  /** Settings that somebody has set to something else than they are by themselves. */
  readonly settings: readonly (readonly [string, unknown])[];
  readonly log: readonly string[];
  readonly known: Known;
}

/** The report as Markdown, without secrets. English but for its introduction: whoever mends Podgraph has to read it. */
export function problemText({ introduction, versions, engines, counts, settings, log, known }: Circumstances): string {
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

/** `podman 5.4.2, API 5.4.2, over ssh: lost (unreachable: …)`. Neither label nor address: both name hosts. */
function engineLine(
  { endpoint, state, info, error }: Circumstances['engines'][number],
  clear: (text: string) => string,
) {
  const what = info ? `${info.flavour} ${info.version}, API ${info.apiVersion}` : 'not known';
  const why = error ? ` (${error.reason}: ${clear(oneLine(error.words))})` : '';
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
  const known = ['name', 'hidden', 'identity', 'tls'].filter((name) => name in others);
  return [scheme, ...known.map((name) => `with ${name}`)].join(' ');
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
