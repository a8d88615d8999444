import { type EngineId, type NodeKey, nodeKey, type NodeKind } from '../../graph/model/model';
import { EngineError, type EngineErrorReason } from '../error';
import type { HttpResponse } from '../transport/transport';
import { asArray, asObject, asString, excerpt, tryParseJson } from '../../graph/model/untrusted';

/** The request that failed; ids in the message belong to its engine. */
interface ErrorContext {
  readonly engine: string;
  /** Id of the requested node; empty for lists. */
  readonly id: string;
  /** The node's kind, if the path does not contain it. */
  readonly kind?: NodeKind | undefined;
}

/** The body of an error: Podman `{cause, message, response}`, Docker `{message}`, proxies anything. */
interface ErrorBody {
  readonly status: number;
  /** Podman's innermost error, usually a fixed phrase. */
  readonly cause: string;
  readonly message: string;
}

/** Converts a failed response to an error with a reason. */
export function toEngineError(response: HttpResponse, context: ErrorContext): EngineError {
  const { status } = response;
  const json = tryParseJson(response.body);
  const body = parseErrorBody(json, status);
  // Docker's status for a network in use.
  const isNetworkInUse = status === 403 && body !== undefined && /has active endpoints/.test(body.message);
  if (isForbidden(status) && !isNetworkInUse)
    return new EngineError('denied', body ? messageOf(body) : foreignText(response), { status });
  const errors = podErrors(json);
  if (!body && errors.length > 0) return podCommandError(errors, context, status);
  if (!body) return foreignError(response);
  const detail = messageOf(body);
  const members = membersIn(body, context);
  if (members) return toPodError(members, [...members.values()], detail, status);
  const reason = reasonOf(body, context.kind ?? kindInPath(response.request), context.id);
  return new EngineError(reason, detail, {
    status,
    dependents: reason === 'hasDependents' ? idsIn(body.message, context) : undefined,
  });
}

/** An error for a pod with failed members: their common reason (all busy: a retry may help), otherwise `partial`. */
function toPodError(
  members: ReadonlyMap<NodeKey, string>,
  errors: readonly string[],
  detail: string,
  status: number,
): EngineError {
  const reasons = new Set(errors.flatMap((error) => primaryReason(error) ?? []));
  const [first] = reasons;
  const reason = reasons.size === 1 && first !== undefined && first !== 'unknown' ? first : 'partial';
  return new EngineError(reason, detail, { status, members });
}

/**
 * The errors in the response to a pod command, `{Id, Errs: ["starting container …", …]}`, which Podman sends with 409
 * and with a success status.
 */
export function podErrors(response: unknown): readonly string[] {
  return asArray(asObject(response)['Errs'])
    .filter((error) => error !== null)
    .map(goError);
}

/** A Go error is serialized as text, or as `{}` if its type has no public fields. */
function goError(error: unknown): string {
  return excerpt(typeof error === 'string' ? error : JSON.stringify(error), 500);
}

export function podCommandError(errors: readonly string[], context: ErrorContext, status: number): EngineError {
  const members = new Map<NodeKey, string>();
  for (const error of errors) for (const member of idsIn(error, context)) members.set(member, error);
  return toPodError(members, errors, excerpt(errors.join('; '), 500), status);
}

function parseErrorBody(json: unknown, status: number): ErrorBody | undefined {
  const body = asObject(json);
  const cause = asString(body['cause']);
  const message = asString(body['message']);
  return cause || message ? { status, cause, message } : undefined;
}

function messageOf(body: ErrorBody): string {
  return excerpt(body.message || body.cause, 500) || `status ${body.status}`;
}

/** The kind of node in a path: `DELETE /v4.0.0/libpod/pods/1f2e`. Undefined for lists. */
function kindInPath(request: string): NodeKind | undefined {
  const [, kinds, id] = /\/(container|pod|volume|network|image)s\/([^/?]+)/.exec(request) ?? [];
  return id === undefined || id === 'json' ? undefined : (kinds as NodeKind);
}

/** A proxy may respond like this, with its own body: 407 requires a login. */
function isForbidden(status: number): boolean {
  return status === 401 || status === 403 || status === 407;
}

/** A response from a proxy, a web server, or Go's own server within the engine. */
function foreignError(response: HttpResponse): EngineError {
  const { status } = response;
  const detail = foreignText(response);
  // Plain text of Go's server (Docker, Podman).
  if (response.body.includes('HTTP request to an HTTPS server'))
    return new EngineError('tlsRequired', detail, { status });
  // A proxy cannot reach the engine, or lost the connection.
  if (status === 408 || status === 502 || status === 503 || status === 504) {
    return new EngineError('unreachable', detail, { status });
  }
  if (status === 429) return new EngineError('busy', detail, { status });
  // For an unknown path, Podman responds with `Not Found` as plain text, Docker with `page not found` as JSON.
  const plain = !response.body.trimStart().startsWith('<');
  const unknownPath = status === 404 || status === 405 || status === 501;
  return new EngineError(plain && unknownPath ? 'unsupported' : 'malformed', detail, { status });
}

/** The text of an HTML or plain text response, in one line. */
function foreignText({ request, status, body }: HttpResponse): string {
  const plain = body
    .slice(0, 4096)
    .replace(/<(script|style)\b[^<]*<\/\1>/gi, ' ')
    .replace(/<[^<>]*>/g, ' ');
  return `${request}: status ${status}: ${excerpt(plain)}`;
}

/** Messages of Podman 4.3 to 6.1 and Docker 20.10 to 28.5; the first match wins. */
const messagePatterns: readonly (readonly [EngineErrorReason, RegExp])[] = [
  ['infraContainer', /is the infra container of pod/],
  ['serviceContainer', /is the service container of pod/],
  ['hasDependents', /has dependent containers which must be removed before it/],
  // Podman's network and image, then Docker's network and image.
  [
    'inUse',
    /volume is (being used|in use)|network is being used|image is in use|has active endpoints|image is being used/,
  ],
  ['inProgress', /already in progress|is being removed|is marked for removal/],
  ['locked', /database (table )?is locked/],
  ['busy', /device or resource busy|resource temporarily unavailable/],
  ['monitorExited', /conmon (exited|ended|died|terminated|was killed)/],
  ['processesRemain', /did not die within timeout|did not receive an exit event|is zombie and can not be killed/],
  ['paused', /as it is paused|is in state paused|container is paused|remove a paused container/],
  ['running', /as it is (running|stopping)|container is (running|restarting)|remove a (running|restarting) container/],
  ['unsupported', /page not found|not implemented|is not supported/],
];

/**
 * The kind of object that an error reports as missing: in Podman's cause, or in Docker's message, which may have a
 * prefix (`Cannot kill container: x: No such container: x`). A message with a cause may name other missing objects.
 */
function missingKind({ cause, message, status }: ErrorBody): string | undefined {
  const inCause =
    /^no such ([a-z]+)/i.exec(cause) ??
    /^([a-z]+) has already been removed/i.exec(cause) ??
    /^([a-z]+) not (?:found|known)/i.exec(cause) ??
    /^failed to find ([a-z]+) /i.exec(cause);
  if (cause) return inCause?.[1]?.toLowerCase();
  if (status !== 404) return undefined;
  const inMessage = /\bno such ([a-z]+)/i.exec(message) ?? /^([a-z]+) \S+ not found$/i.exec(message);
  return inMessage?.[1]?.toLowerCase();
}

/** Whether a message has full ids, but not this one. */
function isAboutOthers(message: string, id: string): boolean {
  const ids: readonly string[] = message.match(/\b[0-9a-f]{64}\b/g) ?? [];
  return /^[0-9a-f]{64}$/.test(id) && ids.length > 0 && !ids.includes(id);
}

function reasonOf(body: ErrorBody, kind: NodeKind | undefined, id: string): EngineErrorReason {
  const missing = missingKind(body);
  // Without a kind, no single object was requested.
  if (missing !== undefined && missing === kind && !isAboutOthers(body.message, id)) return 'gone';
  const text = `${body.cause}\n${body.message}`;
  for (const [reason, pattern] of messagePatterns) if (pattern.test(text)) return reason;
  return missing === undefined ? 'unknown' : 'otherMissing';
}

/** The reason of one member's error; undefined if it only reports that another member blocks it. */
function primaryReason(error: string): EngineErrorReason | undefined {
  if (/a container that depends on container \S+ (could not be (stopped|removed)|still exists)/.test(error))
    return undefined;
  return reasonOf({ status: 500, cause: '', message: error }, undefined, '');
}

/**
 * The member errors of a failed pod removal: 4.3.1 has one error as cause and lists them in the message, 5 and 6 have
 * the cause `removing pod containers`.
 */
function membersIn(body: ErrorBody, context: ErrorContext): ReadonlyMap<NodeKey, string> | undefined {
  const isPodRemoval = /^removing pod containers$|^removing container \S+ from pod /.test(body.cause);
  if (!isPodRemoval && !/^\d+ errors? occurred:\n/.test(body.message)) return undefined;
  const members = new Map<NodeKey, string>();
  const lines = body.message.split(/\n[ \t]*\* /).slice(1);
  for (const line of lines.length > 0 ? lines : [body.message]) {
    const [member] = idsIn(line, context);
    if (member) members.set(member, excerpt(line, 500));
  }
  return members;
}

/** Containers with full ids in a message, without the subject. */
function idsIn(message: string, context: ErrorContext): readonly NodeKey[] {
  const ids = new Set(message.match(/\b[0-9a-f]{64}\b/g));
  ids.delete(context.id);
  return [...ids].map((id) => nodeKey(context.engine, 'container', id));
}

/**
 * The error in a 200 response to a pod removal, undefined on success: `{Id, Err, RemovedCtrs: {id: null | "error"}}`.
 * `RemovedCtrs` exists since Podman 4.6.
 */
export function podRemovalError(response: unknown, engine: EngineId): EngineError | undefined {
  const { Err, RemovedCtrs } = asObject(response);
  const members = new Map<NodeKey, string>();
  for (const [id, error] of Object.entries(asObject(RemovedCtrs))) {
    if (error !== null) members.set(nodeKey(engine, 'container', id), goError(error));
  }
  const podError = Err === null || Err === undefined ? '' : goError(Err);
  if (!podError && members.size === 0) return undefined;
  const errors = [...members.values()];
  return toPodError(members, errors, podError || errors.join('; '), 200);
}
