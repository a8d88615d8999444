import type { Container, Pod, Volume } from './model';
import type { Profile } from './profile';

/** An error response of libpod: `{cause, message, response}`, with the texts of Podman 4.3.1, 5.8.6 and 6.1.1. */
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

/** Since 5, deletions resolve names differently and swap the order in the message. */
export function nothingToDelete(profile: Profile, ref: string): ApiError {
  const by = profile.name === '4.3' ? 'name or ID' : 'ID or name';
  return wrapped(404, 'no such container', `no container with ${by} "${ref}" found`);
}

/** For the losers of concurrent removals on 4.3. */
export function notInDatabase(container: Container): ApiError {
  return wrapped(404, 'no such container', `container ${container.id} does not exist in database`);
}

export function noSuchPod(ref: string): ApiError {
  return wrapped(404, 'no such pod', `no pod with name or ID ${ref} found`);
}

/** The pod was removed while the request waited for its lock: 500, not 404. */
export function podGoneFromDatabase(pod: Pod): ApiError {
  return wrapped(500, 'no such pod', `no pod with ID ${pod.id} found in database`);
}

/** For an inspection; only 4.3 includes the name. */
export function noSuchVolume(profile: Profile, name: string): ApiError {
  return profile.name === '4.3'
    ? wrapped(404, 'no such volume', `volume with name ${name} not found`)
    : volumeMissing();
}

/** For an existence check. */
export function volumeMissing(): ApiError {
  return new ApiError(404, 'no such volume');
}

/** For a deletion. */
export function deletedVolumeMissing(name: string): ApiError {
  return wrapped(404, 'no such volume', `no volume with name "${name}" found`);
}

export function volumeInUse(volume: Volume, users: readonly Container[]): ApiError {
  const ids = users.map((user) => user.id).join(', ');
  const text = `volume ${volume.name} is being used by the following container(s): ${ids}`;
  return wrapped(409, 'volume is being used', text);
}

export function networkMissing(name: string): ApiError {
  return wrapped(404, 'network not found', `unable to find network with name or ID ${name}`);
}

export function networkInUse(name: string): ApiError {
  const text = `"${name}" has associated containers with it. Use -f to forcibly delete containers and pods`;
  return wrapped(500, 'network is being used', text);
}

export function defaultNetwork(): ApiError {
  return new ApiError(500, 'default network podman cannot be removed');
}

export function imageMissing(ref: string): ApiError {
  return wrapped(404, 'image not known', `failed to find image ${ref}`);
}

export function imageInUse(user: Container): ApiError {
  const cause = 'image is in use by a container: consider listing external containers and force-removing image';
  return wrapped(409, cause, `image used by ${user.id}`);
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

/** For an action that the state does not allow. */
export function wrongState(status: number, text: string): ApiError {
  return wrapped(status, 'container state improper', text);
}

/** For a missing JSON body. */
export function missingBody(): ApiError {
  return new ApiError(500, 'EOF', 'decode(): EOF');
}

export function podNameInUse(name: string): ApiError {
  return wrapped(409, 'pod already exists', `failed to make pod: adding pod to state: name "${name}" is in use`);
}

/** A creation with an unknown pod or container: 500, not 404. */
export function unknownReference(cause: 'no such pod' | 'no such container', text: string): ApiError {
  return wrapped(500, cause, text);
}

/** For a pod member that depends on a container outside the pod. */
export function outsideDependency(pod: Pod, dependency: Container): ApiError {
  return wrapped(
    500,
    'invalid argument',
    `running container create option: container has joined pod ${pod.id} and dependency container ${dependency.id} is not a member of the pod`,
  );
}

/** For a container without a pod that depends on a pod member. */
export function memberDependency(profile: Profile, container: Container, dependency: Container): ApiError {
  const text =
    profile.name === '4.3'
      ? `container ${container.id} depends on container ${dependency.id} which is in a pod - containers not in pods cannot depend on containers in pods`
      : `container dependency ${dependency.id} is part of a pod, but container is not`;
  return wrapped(500, 'invalid argument', text);
}

export function nameInUse(name: string, ownerId: string): ApiError {
  return wrapped(
    500,
    'that name is already in use',
    `creating container storage: the container name "${name}" is already in use by ${ownerId}. You have to remove that container to be able to reuse that name`,
  );
}

/** For a pod deletion that left members. 4.3 reports the last error as cause, later versions a fixed text. */
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

/** For a container that was not tried because a dependent remains. */
export function dependentRemains(profile: Profile, container: Container): ApiError {
  const verb = profile.name === '4.3' ? 'removed' : 'stopped';
  return wrongState(500, `a container that depends on container ${container.id} could not be ${verb}`);
}

function listOfErrors(lines: readonly string[]): string {
  const head = lines.length === 1 ? '1 error occurred' : `${lines.length} errors occurred`;
  return `${head}:\n${lines.map((line) => `\t* ${line}\n`).join('')}\n`;
}
