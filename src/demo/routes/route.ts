import type { FakePodman } from '../fakePodman';
import type { ExecConnection } from '../exec';

/** A parsed request. */
export interface RouteContext {
  core: FakePodman;
  params: Record<string, string>;
  query: URLSearchParams;
  /** The parsed JSON body; undefined if there was none. */
  body: unknown;
  /** Major version in the path (`/v4.0.0/…` is 4); 0 if unversioned. */
  apiMajor: number;
}

/** The body of an endless response. */
interface ResponseStream {
  write(chunk: string | Buffer): void;
  end(): void;
  /** Called once when the client disconnects or the response ends. */
  onClose(action: () => void): void;
}

/** Without `json`, `text` and `stream`, the response has no body. */
export interface RouteResponse {
  status: number;
  json?: unknown;
  text?: string;
  contentType?: string;
  headers?: Record<string, string>;
  stream?: (sink: ResponseStream) => void;
  /** Hijacks the connection; the returned function receives the client's input. */
  upgrade?: (connection: ExecConnection) => (input: string) => void;
}

export interface Route {
  method: string;
  /** Matches the path after the version prefix. Named groups become `params`. */
  path: RegExp;
  /** Also matches without a version prefix; most libpod paths require one. */
  unversioned?: boolean;
  handle: (context: RouteContext) => RouteResponse | Promise<RouteResponse>;
}

/** In `template`, `{name}` matches one segment. */
export function route(method: string, template: string, handle: Route['handle'], unversioned = false): Route {
  const pattern = template.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  return { method, path: new RegExp(`^${pattern}$`), handle, unversioned };
}

export const ok = (json: unknown): RouteResponse => ({ status: 200, json });
export const noContent: RouteResponse = { status: 204 };
export const notModified: RouteResponse = { status: 304 };

/** True for `true` and `1`, as in Go's form decoder. */
export function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value === 'true' || value === '1';
}

/** Undefined if missing or empty. */
export function optionalNumber(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  return value === null || value === '' ? undefined : Number(value);
}

/** The `filters` parameter: a JSON object of lists. */
export function parseFilters(query: URLSearchParams): Record<string, string[]> {
  const text = query.get('filters');
  if (!text) return {};
  const parsed = JSON.parse(text) as Record<string, string[] | Record<string, boolean>>;
  return Object.fromEntries(
    Object.entries(parsed).map(([key, value]) => [key, Array.isArray(value) ? value : Object.keys(value)]),
  );
}

/** Whether the labels match all `key` or `key=value` filters. */
export function hasLabels(labels: Readonly<Record<string, string>>, wanted: readonly string[]): boolean {
  return wanted.every((text) => {
    const [key = '', ...value] = text.split('=');
    return value.length === 0 ? key in labels : labels[key] === value.join('=');
  });
}
