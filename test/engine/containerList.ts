import { containerListParser } from '../../src/engine/responses/containers';

/** The containers of a whole list response. */
export function parseContainerList(response: unknown, engine: string) {
  const parser = containerListParser(engine);
  parser.add(response);
  return parser.result;
}
