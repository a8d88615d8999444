import type { Core } from './core';
import type { Answer } from './routes/route';

/** What the engine would answer had it done what it was asked: for the fault of the same name, and nothing else. */
export function falseSuccess(core: Core, method: string, path: string): Answer {
  const { world, profile } = core;
  const ref = /\/(?:containers|pods)\/([^/?]+)/.exec(path)?.[1] ?? '';
  if (method === 'DELETE' && path.includes('/pods/')) {
    const pod = world.findPod(ref);
    const members = Object.fromEntries([...(pod?.memberIds ?? [])].map((id) => [id, null]));
    const id = pod?.id ?? ref;
    return {
      status: 200,
      json: { ...(profile.reportsRemovedMembers ? { RemovedCtrs: members } : {}), Err: null, Id: id },
    };
  }
  if (method === 'DELETE' && path.includes('/libpod/containers/')) {
    const id = world.findContainer(ref)?.id ?? ref;
    return { status: 200, json: [profile.echoesRawInput ? { Id: id, RawInput: id } : { Id: id }] };
  }
  return { status: 204 };
}
