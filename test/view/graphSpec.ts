import { ContainerGraph } from '../../src/graph/model/graph';
import {
  type ContainerNode,
  type DependencyCondition,
  type EdgeReason,
  type EngineId,
  type GraphEdge,
  type NodeKey,
  nodeKey,
  type PodNode,
} from '../../src/graph/model/model';
import type { EngineStatus, GraphSnapshot } from '../../src/service/service';
import { makeContainer } from '../makeContainer';

/** A container; its name is its id. */
export interface NodeSpec extends Partial<Omit<ContainerNode, 'pod' | 'key' | 'kind'>> {
  readonly name: string;
  readonly pod?: string;
  readonly engine?: EngineId;
}

export interface GraphSpec {
  readonly containers: readonly NodeSpec[];
  /** Pods without members; pods with members are implied. */
  readonly pods?: readonly string[];
  /** Dependent, dependency, reason, condition. */
  readonly needs?: readonly (readonly [string, string, EdgeReason?, DependencyCondition?])[];
  readonly engines?: readonly (Partial<EngineStatus> & { readonly id: EngineId })[];
}

export const containerKey = (name: string, engine = 'local'): NodeKey => nodeKey(engine, 'container', name);
export const podKey = (name: string, engine = 'local'): NodeKey => nodeKey(engine, 'pod', name);

export function container({ name, pod, engine = 'local', ...more }: NodeSpec): ContainerNode {
  return makeContainer(containerKey(name, engine), {
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

export function graphOf({ containers, pods = [], needs = [] }: GraphSpec): ContainerGraph {
  const edges = needs.map(([from, to, reason = 'requires', condition]): GraphEdge => {
    return { from: containerKey(from), to: containerKey(to), reasons: [reason], ...(condition && { condition }) };
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
    uninspected: 0,
    ...status,
  };
}

export function snapshotOf(spec: GraphSpec): GraphSnapshot {
  const engines = spec.engines ?? [{ id: 'local' }];
  const statuses = new Map(engines.map((one) => [one.id, engineStatus(one)]));
  return { graph: graphOf(spec), resources: new Map(), engines: statuses };
}
