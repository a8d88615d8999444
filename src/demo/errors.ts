import type { Container, Pod, Volume } from './model';
import type { Profile } from './profile';

/**
 * An answer that says no, in libpod's own words: `{cause, message, response}`. Wordings are those of Podman 4.3.1, 5.8.6
 * and 6.1.1.
 */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message = reason,
  ) {
    super(message);
  }

  get body(): { cause: string; message: string; response: number } {
    return { cause: this.reason, message: this.message, response: this.status };
  }
}

const wrapped = (status: number, reason: string, text: string): ApiError =>
  new ApiError(status, reason, `${text}: ${reason}`);

export function noSuchContainer(ref: string): ApiError {
  return wrapped(404, 'no such container', `no container with name or ID "${ref}" found`);
}

/** Deletions look the name up in another way since 5, and say so in another order. */
export function nothingToDelete(profile: Profile, ref: string): ApiError {
  const by = profile.name === '4.3' ? 'name or ID' : 'ID or name';
  return wrapped(404, 'no such container', `no container with ${by} "${ref}" found`);
}

/** For who lost the race for a container on 4.3. */
export function notInDatabase(container: Container): ApiError {
  return wrapped(404, 'no such container', `container ${container.id} does not exist in database`);
}

export function noSuchPod(ref: string): ApiError {
  return wrapped(404, 'no such pod', `no pod with name or ID ${ref} found`);
}

/** For who waited for the lock of a pod that is gone by then: 500, not 404. */
export function podGoneFromDatabase(pod: Pod): ApiError {
  return wrapped(500, 'no such pod', `no pod with ID ${pod.id} found in database`);
}

/** Asked for its inspection: 4.3 alone says which. */
export function noSuchVolume(profile: Profile, name: string): ApiError {
  return profile.name === '4.3'
    ? wrapped(404, 'no such volume', `volume with name ${name} not found`)
    : volumeMissing();
}

/** Asked whether it exists. */
export function volumeMissing(): ApiError {
  return new ApiError(404, 'no such volume');
}

/** Asked to delete it. */
export function deletedVolumeMissing(name: string): ApiError {
  return wrapped(404, 'no such volume', `no volume with name "${name}" found`);
}

export function volumeInUse(volume: Volume, users: readonly Container[]): ApiError {
  const ids = users.map((user) => user.id).join(', ');
  const text = `volume ${volume.name} is being used by the following container(s): ${ids}`;
  return wrapped(409, 'volume is being used', text);
}

export function removalNeedsForce(container: Container): ApiError {
  return wrapped(
    500,
    'container state improper',
    `cannot remove container ${container.id} as it is ${container.state} - running or paused containers cannot be removed without force`,
  );
}

export function hasDependents(container: Container, dependents: readonly Container[]): ApiError {
  const ids = dependents.map((dependent) => dependent.id).join(', ');
  return wrapped(
    500,
    'container already exists',
    `container ${container.id} has dependent containers which must be removed before it: ${ids}`,
  );
}

export function isInfraOf(container: Container, pod: Pod): ApiError {
  return new ApiError(
    500,
    `container ${container.id} is the infra container of pod ${pod.id} and cannot be removed without removing the pod`,
  );
}

export function isServiceOf(container: Container, pods: readonly Pod[]): ApiError {
  const ids = pods.map((pod) => pod.id).join(',');
  return new ApiError(
    500,
    `container ${container.id} is the service container of pod(s) ${ids} and cannot be removed without removing the pod(s)`,
  );
}

/** For an action that the state does not allow, with the sentence that libpod has for it. */
export function wrongState(status: number, sentence: string): ApiError {
  return wrapped(status, 'container state improper', sentence);
}

/** For calls that want a JSON body and got none. */
export function noBody(): ApiError {
  return new ApiError(500, 'EOF', 'decode(): EOF');
}

export function podNameInUse(name: string): ApiError {
  return wrapped(409, 'pod already exists', `failed to make pod: adding pod to state: name "${name}" is in use`);
}

/** A creation that names a pod or container that is not there: 500, not 404. */
export function unknownReference(cause: 'no such pod' | 'no such container', sentence: string): ApiError {
  return wrapped(500, cause, sentence);
}

/** A member of a pod that needs something outside it. */
export function outsideDependency(pod: Pod, dependency: Container): ApiError {
  return wrapped(
    500,
    'invalid argument',
    `running container create option: container has joined pod ${pod.id} and dependency container ${dependency.id} is not a member of the pod`,
  );
}

/** A container outside of pods that needs a member of one. */
export function memberDependency(profile: Profile, container: Container, dependency: Container): ApiError {
  const sentence =
    profile.name === '4.3'
      ? `container ${container.id} depends on container ${dependency.id} which is in a pod - containers not in pods cannot depend on containers in pods`
      : `container dependency ${dependency.id} is part of a pod, but container is not`;
  return wrapped(500, 'invalid argument', sentence);
}

export function nameInUse(name: string, holderId: string): ApiError {
  return wrapped(
    500,
    'that name is already in use',
    `creating container storage: the container name "${name}" is already in use by ${holderId}. You have to remove that container to be able to reuse that name`,
  );
}

/** A pod deletion that left members behind. 4.3 tells the last error as cause, later lines a word of their own. */
export function membersRemain(profile: Profile, pod: Pod, errors: ReadonlyMap<string, Error>): ApiError {
  if (profile.name === '4.3') {
    const lines = [...errors].map(([id, error]) => `removing container ${id} from pod ${pod.id}: ${error.message}`);
    const cause = lines.at(-1) ?? '';
    const message = lines.length > 1 ? listOfErrors(lines) : cause;
    return new ApiError(500, cause, message);
  }
  const lines = [...errors.values()].map((error) => error.message);
  const text = `not all containers could be removed from pod ${pod.id}: removing pod containers`;
  return new ApiError(500, 'removing pod containers', `${text}. ${listOfErrors(lines)}`);
}

/** For what could not be tried because something that depends on it stayed. */
export function dependentRemains(profile: Profile, container: Container): ApiError {
  const verb = profile.name === '4.3' ? 'removed' : 'stopped';
  return wrongState(500, `a container that depends on container ${container.id} could not be ${verb}`);
}

function listOfErrors(lines: readonly string[]): string {
  const head = lines.length === 1 ? '1 error occurred' : `${lines.length} errors occurred`;
  return `${head}:\n${lines.map((line) => `\t* ${line}\n`).join('')}\n`;
}
