import { type EngineId, type NodeKey, nodeKey, type NodeKind } from '../../graph/model/model';
import { EngineError, type EngineErrorReason } from '../error';
import type { Answer } from '../transport/transport';
import { asArray, asObject, asString, excerpt } from './json';

/** Whose refusal it is: ids in its words are read as this engine's. */
interface ErrorContext {
  readonly engine: string;
  /** The node that was asked for, by id; '' for lists and the like. */
  readonly id: string;
  /** What kind of object it is, where the path does not say so. */
  readonly kind?: NodeKind | undefined;
}

/** What an engine said: Podman `{cause, message, response}`, Docker `{message}`, proxies anything. */
interface ErrorBody {
  readonly status: number;
  /** Podman's innermost error, a fixed phrase for most of what matters. */
  readonly cause: string;
  readonly message: string;
}

/** The answer of an engine that did not do what it was asked, as an error with a reason. */
export function toEngineError(answer: Answer, subject: ErrorContext): EngineError {
  const { status } = answer;
  const body = jsonOf(answer);
  const said = parse(body, status);
  if (isForbidden(status)) return new EngineError('denied', said ? wordsOf(said) : foreignText(answer), { status });
  const errors = podErrors(body);
  if (!said && errors.length > 0) return podCommandError(errors, subject, status);
  if (!said) return isForeignResponse(answer);
  const detail = wordsOf(said);
  const members = membersIn(said, subject);
  if (members) return toPodError(members, [...members.values()], detail, status);
  const reason = reasonOf(said, subject.kind ?? kindIn(answer.request), subject.id);
  return new EngineError(reason, detail, {
    status,
    dependents: reason === 'hasDependents' ? idsIn(said.message, subject) : undefined,
  });
}

/**
 * A pod of which some members did not go. It counts as what all of them say (all busy: worth another try), else as
 * `partial`; `members` has the text of each.
 */
function toPodError(
  members: ReadonlyMap<NodeKey, string>,
  errors: readonly string[],
  detail: string,
  status: number,
): EngineError {
  const reasons = new Set(errors.flatMap((said) => primaryReason(said) ?? []));
  const [first] = reasons;
  const reason = reasons.size === 1 && first !== undefined && first !== 'unknown' ? first : 'partial';
  return new EngineError(reason, detail, { status, members });
}

/**
 * The errors in the answer to a pod command, `{Id, Errs: ["starting container …", …]}`. Podman answers so with 409, and with a
 * success status too.
 */
export function podErrors(answer: unknown): readonly string[] {
  return asArray(asObject(answer)['Errs'])
    .filter((error) => error !== null)
    .map(goError);
}

/** A Go error arrives as text, or as `{}` where its type has no fields to show. */
function goError(error: unknown): string {
  return excerpt(typeof error === 'string' ? error : JSON.stringify(error), 500);
}

/** The error of a pod command, with the text of each member that is named. */
export function podCommandError(errors: readonly string[], subject: ErrorContext, status: number): EngineError {
  const members = new Map<NodeKey, string>();
  for (const error of errors) for (const member of idsIn(error, subject)) members.set(member, error);
  return toPodError(members, errors, excerpt(errors.join('; '), 500), status);
}

function jsonOf(answer: Answer): unknown {
  try {
    return JSON.parse(answer.body);
  } catch {
    return undefined;
  }
}

function parse(json: unknown, status: number): ErrorBody | undefined {
  const body = asObject(json);
  const cause = asString(body['cause']);
  const message = asString(body['message']);
  return cause || message ? { status, cause, message } : undefined;
}

function wordsOf(said: ErrorBody): string {
  return excerpt(said.message || said.cause, 500) || `status ${said.status}`;
}

/** The kind of object that a path is about: `DELETE /v4.0.0/libpod/pods/1f2e`. Lists are about none. */
function kindIn(asked: string): NodeKind | undefined {
  const [, kinds, id] = /\/(container|pod|volume)s\/([^/?]+)/.exec(asked) ?? [];
  return id === undefined || id === 'json' ? undefined : (kinds as NodeKind);
}

/** Whatever stands in front of a socket may answer so, with a body of its own: also a proxy that wants a login (407). */
function isForbidden(status: number): boolean {
  return status === 401 || status === 403 || status === 407;
}

/** What no engine wrote: of a filter, a proxy or a web server, or of Go's own server in the engine. */
function isForeignResponse(answer: Answer): EngineError {
  const { status } = answer;
  const detail = foreignText(answer);
  // As Go's servers (Docker, Podman) say it, in plain words.
  if (answer.body.includes('HTTP request to an HTTPS server'))
    return new EngineError('tlsRequired', detail, { status });
  // A proxy that does not reach the engine, or lost it while it waited for the answer.
  if (status === 408 || status === 502 || status === 503 || status === 504) {
    return new EngineError('unreachable', detail, { status });
  }
  if (status === 429) return new EngineError('busy', detail, { status });
  // Podman answers `Not Found` as plain text, Docker `page not found` as JSON, where the path itself is unknown to it.
  const plain = !answer.body.trimStart().startsWith('<');
  const unknownPath = status === 404 || status === 405 || status === 501;
  return new EngineError(plain && unknownPath ? 'unsupported' : 'malformed', detail, { status });
}

/** The text of a page or a plain answer, in one line. */
function foreignText({ request, status, body }: Answer): string {
  const plain = body
    .slice(0, 4096)
    .replace(/<(script|style)\b[^<]*<\/\1>/gi, ' ')
    .replace(/<[^<>]*>/g, ' ');
  return `${request}: status ${status}: ${excerpt(plain)}`;
}

/** Phrases of Podman 4.3 to 6.1 and Docker 20.10 to 28.5; the first that is found names the reason. */
const phrases: readonly (readonly [EngineErrorReason, RegExp])[] = [
  ['isInfra', /is the infra container of pod/],
  ['isService', /is the service container of pod/],
  ['hasDependents', /has dependent containers which must be removed before it/],
  ['inUse', /volume is (being used|in use)/],
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
 * The object that an error calls missing: Podman's cause, or Docker's message, which may begin with what was tried (`Cannot kill
 * container: x: No such container: x`). Undefined where nothing is missing. A message beside a cause may name others that are.
 */
function missing({ cause, message, status }: ErrorBody): string | undefined {
  const inCause =
    /^no such ([a-z]+)/i.exec(cause) ??
    /^([a-z]+) has already been removed/i.exec(cause) ??
    /^([a-z]+) not (?:found|known)/i.exec(cause);
  if (cause) return inCause?.[1]?.toLowerCase();
  if (status !== 404) return undefined;
  const inMessage = /\bno such ([a-z]+)/i.exec(message) ?? /^([a-z]+) \S+ not found$/i.exec(message);
  return inMessage?.[1]?.toLowerCase();
}

/** Whether a text names objects by full ids, and not this one among them. */
function isAboutOthers(message: string, id: string): boolean {
  const ids: readonly string[] = message.match(/\b[0-9a-f]{64}\b/g) ?? [];
  return /^[0-9a-f]{64}$/.test(id) && ids.length > 0 && !ids.includes(id);
}

function reasonOf(said: ErrorBody, kind: NodeKind | undefined, id: string): EngineErrorReason {
  const absent = missing(said);
  // Without a kind it was no object that was asked for, so that none can be gone.
  if (absent !== undefined && absent === kind && !isAboutOthers(said.message, id)) return 'gone';
  const all = `${said.cause}\n${said.message}`;
  for (const [reason, phrase] of phrases) if (phrase.test(all)) return reason;
  return absent === undefined ? 'unknown' : 'otherMissing';
}

/** The reason in one member's words; undefined where they only say that another member stands in the way. */
function primaryReason(said: string): EngineErrorReason | undefined {
  if (/a container that depends on container \S+ (could not be (stopped|removed)|still exists)/.test(said))
    return undefined;
  return reasonOf({ status: 500, cause: '', message: said }, undefined, '');
}

/**
 * What a failed pod removal says of its members: 4.3.1 tells one error as cause and lists them in the message, 5 and 6 have
 * the cause `removing pod containers`.
 */
function membersIn(said: ErrorBody, subject: ErrorContext): ReadonlyMap<NodeKey, string> | undefined {
  const isPods = /^removing pod containers$|^removing container \S+ from pod /.test(said.cause);
  if (!isPods && !/^\d+ errors? occurred:\n/.test(said.message)) return undefined;
  const members = new Map<NodeKey, string>();
  const listed = said.message.split(/\n[ \t]*\* /).slice(1);
  for (const line of listed.length > 0 ? listed : [said.message]) {
    const [member] = idsIn(line, subject);
    if (member) members.set(member, excerpt(line, 500));
  }
  return members;
}

/** Containers that a text names by their full ids, other than the subject. */
function idsIn(message: string, subject: ErrorContext): readonly NodeKey[] {
  const ids = new Set(message.match(/\b[0-9a-f]{64}\b/g));
  ids.delete(subject.id);
  return [...ids].map((id) => nodeKey(subject.engine, 'container', id));
}

/**
 * What is wrong with a 200 to a pod's removal, undefined if nothing: `{Id, Err, RemovedCtrs: {id: null | "error"}}`. Podman
 * answers 200 with errors inside; `RemovedCtrs` is there since 4.6.
 */
export function podRemovalError(answer: unknown, engine: EngineId): EngineError | undefined {
  const { Err, RemovedCtrs } = asObject(answer);
  const members = new Map<NodeKey, string>();
  for (const [id, error] of Object.entries(asObject(RemovedCtrs))) {
    if (error !== null) members.set(nodeKey(engine, 'container', id), goError(error));
  }
  const own = Err === null || Err === undefined ? '' : goError(Err);
  if (!own && members.size === 0) return undefined;
  const errors = [...members.values()];
  return toPodError(members, errors, own || errors.join('; '), 200);
}
