import { createHash } from 'node:crypto';
import type { Destination } from './destination';
import { parseJsonFile, table, text } from './fields';

/** The context that `docker context use` chose, from Docker's `config.json`; undefined for the built-in one. */
export function currentContext(content: string): string | undefined {
  const name = text(parseJsonFile(content)['currentContext']);
  return name === 'default' ? undefined : name;
}

/**
 * `contexts/meta/<sha256 of the name>/meta.json`: `{"Name": "box", "Endpoints": {"docker": {"Host": "ssh://…"}}}`. Undefined for
 * one without an engine's address (contexts once named Kubernetes, too).
 */
export function dockerContext(content: string): Destination | undefined {
  const meta = parseJsonFile(content);
  const address = text(table(table(meta['Endpoints'])['docker'])['Host']);
  const name = text(meta['Name']);
  return name && address ? { name, address } : undefined;
}

/** The folder in which Docker keeps what belongs to a context. */
export function contextFolder(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}
