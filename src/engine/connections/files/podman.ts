import { parse, TomlError } from 'smol-toml';
import { type Destination, type Destinations, UnreadableFile } from './destination';
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

/** Of `containers.conf` the tables `[engine.service_destinations.NAME]` and the key `engine.active_service`. */
export function containersConf(content: string): Destinations {
  const engine = table(parseToml(content)['engine']);
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

function parseToml(content: string): Readonly<Record<string, unknown>> {
  try {
    return table(parse(content));
  } catch (thrown) {
    // Its message quotes the line.
    const where = thrown instanceof TomlError ? ` (line ${thrown.line}, column ${thrown.column})` : '';
    throw new UnreadableFile(`it is not TOML${where}`);
  }
}

/** Later files win, name by name, as Podman reads them. */
export function merge(several: readonly Destinations[]): Destinations {
  const all = new Map(several.flatMap((one) => one.all.map((entry) => [entry.name, entry] as const)));
  return { all: [...all.values()], current: several.findLast(({ current }) => current !== undefined)?.current };
}
