import { ContainerGraph } from '../../src/graph/graph';
import type { ContainerNode, EdgeReason, EngineId, GraphEdge, NodeKey, PodNode } from '../../src/graph/model';
import { nodeKey } from '../../src/graph/model';
import type { EngineStatus, GraphSnapshot } from '../../src/service/service';
import { plainContainer } from '../plainContainer';

/** A container in few words; its name is its id. */
export interface Sketch extends Partial<Omit<ContainerNode, 'pod' | 'key' | 'kind'>> {
  readonly name: string;
  readonly pod?: string;
  readonly engine?: EngineId;
}

export interface Drawing {
  readonly containers: readonly Sketch[];
  /** Pods without members; those that members name come by themselves. */
  readonly pods?: readonly string[];
  /** Dependent, dependency, and what the one has of the other. */
  readonly needs?: readonly (readonly [string, string, EdgeReason?])[];
  readonly engines?: readonly (Partial<EngineStatus> & { readonly id: EngineId })[];
}

export const containerKey = (name: string, engine = 'local'): NodeKey => nodeKey(engine, 'container', name);
export const podKey = (name: string, engine = 'local'): NodeKey => nodeKey(engine, 'pod', name);

export function container({ name, pod, engine = 'local', ...more }: Sketch): ContainerNode {
  return plainContainer(containerKey(name, engine), {
    state: 'running',
    image: 'docker.io/library/nginx:latest',
    pod: pod === undefined ? undefined : podKey(pod, engine),
    podName: pod,
    ...more,
  });
}

function pod(name: string): PodNode {
  return {
    kind: 'pod',
    key: podKey(name),
    id: name,
    name,
    state: 'empty',
    createdAt: undefined,
    infra: undefined,
    labels: {},
  };
}

export function graphOf({ containers, pods = [], needs = [] }: Drawing): ContainerGraph {
  const edges = needs.map(([from, to, reason = 'requires']): GraphEdge => {
    return { from: containerKey(from), to: containerKey(to), reasons: [reason] };
  });
  return ContainerGraph.build({ containers: containers.map(container), pods: pods.map(pod), edges });
}

export function engineStatus(status: Partial<EngineStatus> & { readonly id: EngineId }): EngineStatus {
  return {
    label: `podman (${status.id})`,
    endpoint: `unix:///run/${status.id}.sock`,
    state: 'live',
    info: undefined,
    error: undefined,
    listed: true,
    pending: 0,
    ...status,
  };
}

export function snapshotOf(drawing: Drawing, version = 1): GraphSnapshot {
  const engines = drawing.engines ?? [{ id: 'local' }];
  return { graph: graphOf(drawing), engines: new Map(engines.map((one) => [one.id, engineStatus(one)])), version };
}
