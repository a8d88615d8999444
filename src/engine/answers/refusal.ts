import { type NodeKey, nodeKey, type NodeKind } from '../../graph/model';
import { EngineError, type EngineErrorReason } from '../error';
import type { Answer } from '../transport/transport';
import { fields, firstWords, text } from './json';

/** Whose refusal it is: ids in its words are read as this engine's. */
export interface Subject {
  readonly engine: string;
  /** The node that was asked for, by id; '' for lists and the like. */
  readonly id: string;
  /** What it is, where it is known. A container may miss a volume, and is not gone by that. */
  readonly kind?: NodeKind | undefined;
}

/** What an engine said: Podman `{cause, message, response}`, Docker `{message}`, proxies anything. */
interface Said {
  readonly status: number;
  /** Podman's innermost error, a fixed phrase for most of what matters. */
  readonly cause: string;
  readonly message: string;
}

/** The answer of an engine that did not do what it was asked, as an error with a reason. */
export function refusal(answer: Answer, subject: Subject): EngineError {
  const said = parse(answer);
  if (!said) return notTheEngines(answer);
  const words = firstWords(said.message || said.cause || `status ${said.status}`, 500);
  const members = membersIn(said, subject);
  if (members) return podRefusal(members, words, said.status);
  const reason = subject.kind === 'volume' ? volumeReason(said) : reasonOf(said);
  return new EngineError(reason, words, {
    status: said.status,
    dependents: reason === 'hasDependents' ? idsIn(said.message, subject) : undefined,
  });
}

/**
 * A pod of which some members did not go. It counts as what all of them say (all busy: worth another try), else as
 * `partial`; `members` has the words of each.
 */
export function podRefusal(members: ReadonlyMap<NodeKey, string>, words: string, status: number): EngineError {
  const reasons = new Set([...members.values()].flatMap((said) => primaryReason(said) ?? []));
  const [first] = reasons;
  const reason = reasons.size === 1 && first !== undefined && first !== 'unknown' ? first : 'partial';
  return new EngineError(reason, words, { status, members });
}

function parse(answer: Answer): Said | undefined {
  try {
    const body = fields(JSON.parse(answer.body));
    const cause = text(body['cause']);
    const message = text(body['message']);
    return cause || message ? { status: answer.status, cause, message } : undefined;
  } catch {
    return undefined;
  }
}

/** Podman answers `Not Found` as plain text, Docker `page not found` as JSON, where the path itself is unknown to it. */
function notTheEngines(answer: Answer): EngineError {
  const words = `${answer.asked}: status ${answer.status}: ${firstWords(answer.body)}`;
  // As Go's servers (Docker, Podman) say it, in plain words.
  if (answer.body.includes('HTTP request to an HTTPS server')) {
    return new EngineError('tlsWanted', words, { status: answer.status });
  }
  const plain = !answer.body.trimStart().startsWith('<');
  const unknownPath = answer.status === 404 || answer.status === 405 || answer.status === 501;
  return new EngineError(plain && unknownPath ? 'unsupported' : 'malformed', words, { status: answer.status });
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
  ['didNotDie', /did not die within timeout|did not receive an exit event|is zombie and can not be killed/],
  ['paused', /as it is paused|is in state paused|container is paused|remove a paused container/],
  ['running', /as it is (running|stopping)|container is (running|restarting)|remove a (running|restarting) container/],
  ['unsupported', /page not found|not implemented|is not supported/],
];

function reasonOf(said: Said): EngineErrorReason {
  // The cause alone says whether the node itself is gone: a message may name others that are.
  const gone = /^no such (container|pod)\b|^(container|pod) has already been removed/i;
  if (gone.test(said.cause)) return 'gone';
  // Docker has no causes; its message may begin with what was tried: `Cannot kill container: x: No such container: x`.
  if (!said.cause && said.status === 404 && /\bno such container\b/i.test(said.message)) return 'gone';
  const all = `${said.cause}\n${said.message}`;
  for (const [reason, phrase] of phrases) if (phrase.test(all)) return reason;
  if (said.status === 401 || said.status === 403) return 'denied';
  return 'unknown';
}

/**
 * Podman has the cause `no such volume` or, for who waited for its lock meanwhile, `volume has already been removed`; Docker the
 * message `get x: no such volume`.
 */
function volumeReason(said: Said): EngineErrorReason {
  if (/^no such volume\b|^volume has already been removed/i.test(said.cause)) return 'gone';
  if (!said.cause && said.status === 404 && /\bno such volume\b/i.test(said.message)) return 'gone';
  return reasonOf(said);
}

/** The reason in one member's words; undefined where they only say that another member stands in the way. */
function primaryReason(said: string): EngineErrorReason | undefined {
  if (/a container that depends on container \S+ (could not be (stopped|removed)|still exists)/.test(said))
    return undefined;
  return reasonOf({ status: 500, cause: '', message: said });
}

/**
 * What a failed pod removal says of its members: 4.3.1 tells one error as cause and lists them in the message, 5 and 6 have
 * the cause `removing pod containers`.
 */
function membersIn(said: Said, subject: Subject): ReadonlyMap<NodeKey, string> | undefined {
  const isPods = /^removing pod containers$|^removing container \S+ from pod /.test(said.cause);
  if (!isPods && !/^\d+ errors? occurred:\n/.test(said.message)) return undefined;
  const members = new Map<NodeKey, string>();
  const listed = said.message.split(/\n\s*\* /).slice(1);
  for (const line of listed.length > 0 ? listed : [said.message]) {
    const [member] = idsIn(line, subject);
    if (member) members.set(member, firstWords(line, 500));
  }
  return members;
}

/** Containers that a text names by their full ids, other than the subject. */
function idsIn(message: string, subject: Subject): readonly NodeKey[] {
  const ids = new Set(message.match(/\b[0-9a-f]{64}\b/g));
  ids.delete(subject.id);
  return [...ids].map((id) => nodeKey(subject.engine, 'container', id));
}
