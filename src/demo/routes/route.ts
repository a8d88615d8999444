import type { FakePodman } from '../core';
import type { ProgramView } from '../exec';

/** What a handler gets to see of a request. */
export interface RouteContext {
  core: FakePodman;
  params: Record<string, string>;
  query: URLSearchParams;
  /** The parsed JSON body; undefined if there was none. */
  body: unknown;
  /** Major version in the path (`/v4.0.0/…` is 4); 0 for unversioned paths. */
  apiMajor: number;
}

/** Takes the lines of an endless answer. */
export interface ResponseStream {
  write(chunk: string | Buffer): void;
  end(): void;
  /** Called once when the client has gone or the answer has ended. */
  onClose(action: () => void): void;
}

/** An answer as a handler gives it. `json` undefined means no body. */
export interface RouteResponse {
  status: number;
  json?: unknown;
  text?: string;
  contentType?: string;
  headers?: Record<string, string>;
  stream?: (sink: ResponseStream) => void;
  /** Takes the connection over; what it returns is called with all that the client sends from then on. */
  upgrade?: (view: ProgramView) => (typed: string) => void;
}

export interface Route {
  method: string;
  /** Matches the path behind the version prefix. Named groups become `params`. */
  path: RegExp;
  /** Answers without a version prefix too; libpod's own paths mostly do not. */
  unversioned?: boolean;
  handle: (call: RouteContext) => RouteResponse | Promise<RouteResponse>;
}

/** A route for a path in which `{name}` stands for one segment. */
export function route(method: string, template: string, handle: Route['handle'], unversioned = false): Route {
  const pattern = template.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  return { method, path: new RegExp(`^${pattern}$`), handle, unversioned };
}

export const ok = (json: unknown): RouteResponse => ({ status: 200, json });
export const noContent: RouteResponse = { status: 204 };
export const notModified: RouteResponse = { status: 304 };

/** True for `true` and `1`, as Go's form decoder takes them. */
export function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value === 'true' || value === '1';
}

/** A number of seconds, or undefined if it is not given. */
export function optionalNumber(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  return value === null || value === '' ? undefined : Number(value);
}

/** The `filters` parameter: a JSON object of lists. */
export function filtersOf(query: URLSearchParams): Record<string, string[]> {
  const text = query.get('filters');
  if (!text) return {};
  const parsed = JSON.parse(text) as Record<string, string[] | Record<string, boolean>>;
  return Object.fromEntries(
    Object.entries(parsed).map(([key, value]) => [key, Array.isArray(value) ? value : Object.keys(value)]),
  );
}

/** True if all `key` or `key=value` texts hold for the labels. */
export function hasLabels(labels: Readonly<Record<string, string>>, wanted: readonly string[]): boolean {
  return wanted.every((text) => {
    const [key = '', ...value] = text.split('=');
    return value.length === 0 ? key in labels : labels[key] === value.join('=');
  });
}
