import type { ConnectionSetting, NamedAddress } from '../engine/connections/connection';
import type { TlsFiles } from '../engine/address';

/** Entries of `podgraph.connections` that say where an engine is; whatever else stands there is as if it did not. */
export function readConnections(value: unknown): ConnectionSetting[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown): ConnectionSetting[] => {
    if (typeof entry === 'string') return entry.trim() ? [entry.trim()] : [];
    const { address, name, hidden, identity, tls } = fields(entry);
    const where = text(address);
    if (!where) return [];
    const named: NamedAddress = {
      address: where,
      name: text(name),
      hidden: hidden === true,
      identity: text(identity),
      tls: tls === undefined || tls === null || tls === false ? undefined : tlsFiles(tls),
    };
    return [named];
  });
}

function tlsFiles(value: unknown): TlsFiles {
  const { ca, cert, key } = fields(value);
  return { ca: text(ca), cert: text(cert), key: text(key) };
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}
