import { parse, TomlError } from 'smol-toml';
import type { Destination, Destinations } from './destination';
import { parseJsonFile, table, text } from './fields';

/**
 * `podman-connections.json`, which `podman system connection` writes:
 * `{"Connection": {"Default": "box", "Connections": {"box": {"URI": "ssh://…", "Identity": "…", "IsMachine": true}}}}`.
 */
export function podmanConnections(content: string): Destinations {
  const { Default, Connections } = table(parseJsonFile(content)['Connection']);
  const all = Object.entries(table(Connections)).flatMap(([name, value]) => {
    const { URI, Identity, IsMachine, TLSCA, TLSCert, TLSKey } = table(value);
    return destination(name, [URI, Identity, IsMachine, TLSCA, TLSCert, TLSKey]);
  });
  return { all, current: text(Default) };
}

/**
 * Of `containers.conf` the tables `[engine.service_destinations.NAME]` and the key `engine.active_service`. What cannot be read
 * is left out and named; it keeps nothing else from being read.
 */
export function containersConf(content: string): Destinations {
  const written = content.replace(/^\uFEFF/, '');
  try {
    return enginePart(parseToml(written));
  } catch (thrown) {
    const parts = readableParts(written).map(enginePart);
    return { ...merge(parts), unreadable: thrown instanceof TomlError ? whereOf(thrown) : 'it is not TOML' };
  }
}

function enginePart(file: Readonly<Record<string, unknown>>): Destinations {
  const engine = table(file['engine']);
  const all = Object.entries(table(engine['service_destinations'])).flatMap(([name, value]) => {
    const { uri, identity, is_machine, tls_ca, tls_cert, tls_key } = table(value);
    return destination(name, [uri, identity, is_machine, tls_ca, tls_cert, tls_key]);
  });
  return { all, current: text(engine['active_service']) };
}

type Values = readonly [uri: unknown, identity: unknown, isMachine: unknown, ca: unknown, cert: unknown, key: unknown];

function destination(name: string, [uri, identity, isMachine, ca, cert, key]: Values): Destination[] {
  const address = text(uri);
  if (!address) return [];
  const files = { ca: text(ca), cert: text(cert), key: text(key) };
  return [{ name, address, identity: text(identity), files, isMachine: isMachine === true }];
}

/** Go's integers have 64 bits, more than a number can hold. */
function parseToml(content: string): Readonly<Record<string, unknown>> {
  return table(parse(content, { integersAsBigInt: 'asNeeded' }));
}

/** The message quotes the line, which may hold a secret. */
function whereOf({ line, column }: TomlError): string {
  return `it is not TOML (line ${line}, column ${column})`;
}

/** The tables of a damaged file that can be read; of the others the lines that can be read by themselves. */
function readableParts(content: string): Readonly<Record<string, unknown>>[] {
  const tables = content.split(/^(?=[ \t]*\[)/m).filter((one) => one.trim() !== '');
  return tables.flatMap((one) => {
    const whole = tryToml(one);
    if (whole) return [whole];
    const lines = one.split('\n');
    const header = /^[ \t]*\[/.test(lines[0] ?? '') ? (lines.shift() ?? '') : '';
    if (!tryToml(header)) return [];
    // Values of one table belong together: they are read as one, without those that cannot be read.
    return [tryToml([header, ...lines.filter((line) => tryToml(`${header}\n${line}`))].join('\n')) ?? {}];
  });
}

function tryToml(content: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return parseToml(content);
  } catch {
    return undefined;
  }
}

/** Later files win, name by name, as Podman reads them. */
export function merge(several: readonly Destinations[]): Destinations {
  const all = new Map(several.flatMap((one) => one.all.map((entry) => [entry.name, entry] as const)));
  return { all: [...all.values()], current: several.findLast(({ current }) => current !== undefined)?.current };
}
