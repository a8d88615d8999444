import { asObject, asString, asStrings, type JsonObject } from '../../graph/model/untrusted';
import { EngineError } from '../error';
import { initContainer } from '../responses/containers';
import { timeouts } from '../timeouts';
import type { EngineHttpClient } from '../transport/engineHttpClient';

/**
 * Which members of a pod are init containers. Inspect responses up to Podman 6.1 do not contain it, but the YAML of
 * `podman kube generate` lists them.
 */
export class InitContainers {
  /** One request for all members that are read at the same time. */
  private readonly pending = new Map<string, Promise<ReadonlySet<string>>>();

  constructor(private readonly api: EngineHttpClient) {}

  /** The inspect response of a member, with the field `InitContainerType` if it is an init container. */
  async complete(inspect: JsonObject): Promise<JsonObject> {
    const [pod, name] = [asString(inspect['Pod']), asString(inspect['Name'])];
    const state = asObject(inspect['State']);
    // A running one is removed or waited for before the pod counts as running.
    if (pod === '' || state['Running'] === true || inspect['IsInfra'] === true) return inspect;
    const type = initContainer(asObject(inspect['Config']));
    if (type) return { ...inspect, InitContainerType: type };
    const command = asStrings(asObject(inspect['Config'])['CreateCommand']).slice(1, 3);
    if (command.includes('run') || command.includes('create')) return inspect;
    const names = await this.namesIn(pod);
    // Podman removes those of type `once` when they have run.
    return names.has(name.replaceAll('_', '')) ? { ...inspect, InitContainerType: 'always' } : inspect;
  }

  private namesIn(pod: string): Promise<ReadonlySet<string>> {
    const known = this.pending.get(pod);
    if (known) return known;
    const names = this.read(pod).finally(() => this.pending.delete(pod));
    this.pending.set(pod, names);
    return names;
  }

  private async read(pod: string): Promise<ReadonlySet<string>> {
    try {
      const call = { query: { names: pod }, timeoutMs: timeouts.inspect };
      return parseInitContainers((await this.api.send('GET', '/generate/kube', call)).body);
    } catch (thrown) {
      // Some pods have no equivalent in Kubernetes.
      if (EngineError.from(thrown).details.status === undefined) throw thrown;
      return new Set();
    }
  }
}

/** Names under `initContainers`, without underscores, in Go's YAML of one pod. */
export function parseInitContainers(yaml: string): ReadonlySet<string> {
  const [, section = ''] = /^  initContainers:\n((?:  - .*\n|    .*\n)*)/m.exec(yaml) ?? [];
  return new Set([...section.matchAll(/^(?:  - |    )name: "?([\w.-]+)"?$/gm)].map(([, name = '']) => name));
}
