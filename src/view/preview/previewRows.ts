import { l10n } from 'vscode';
import {
  type ContainerNode,
  engineOf,
  isActive,
  isStoppedUnit,
  type NodeKey,
  type PlanNode,
} from '../../graph/model/model';
import type { StopTimeout } from '../../graph/model/stopTimeout';
import { anonymousVolumesOf } from '../../graph/plan/anonymousVolumes';
import { nodeSteps, type Plan, type PlannedNode, type RetainedNode, type RetainReason } from '../../graph/plan/plan';
import { unlistedResource } from '../../graph/plan/resources';
import { type Icon, icons } from '../graphPanel/svgShapes';
import type { Tone } from '../nodeShape';
import { nodeStyle } from '../nodeState';
import { type DisplayText, plainText } from '../text/format';
import { displayName, nameOfKey, retainReasonText } from '../text/plan';
import { factsFor, stopTimeoutText } from '../text/preview';
import { kindText, nodeState } from '../text/state';
import { resourceFacts } from '../text/resources';
import { volumeFact } from '../text/volumes';

/** One node of the plan. */
export interface PreviewRow {
  readonly key: NodeKey;
  readonly name: string;
  readonly kind: PlanNode['kind'];
  readonly kindText: string;
  /** Set if the plan has several engines. */
  readonly engine: string | undefined;
  readonly state: string;
  /** As in the graph. */
  readonly icon: (Icon & { readonly tone: Tone }) | undefined;
  /** Set if it differs from the step's. */
  readonly timeout: string | undefined;
  /** What is not obvious from its position: why it is affected or kept, and consequences. */
  readonly facts: readonly string[];
  /** Shown below its pod. */
  readonly inPod: boolean;
  /** Of an anonymous volume: the container below which it is shown. */
  readonly mountedBy: NodeKey | undefined;
  readonly isIncluded: boolean;
  /** A volume, network or image that the user can include, and that nothing else includes. */
  readonly isOffered: boolean;
  /** Whether the user can exclude or include it. */
  readonly canChange: boolean;
  /** The nodes to include with it: of a pod, also its excluded members. */
  readonly include: readonly NodeKey[];
}

/** How many reasons of a retain path are shown; the rows on the path have the others. */
const maxPathLength = 8;

/** Creates the rows of a plan, and sorts them. */
export class RowBuilder {
  readonly severalEngines: boolean;
  private readonly nodes = new Map<NodeKey, PlanNode>();
  private readonly members = new Map<NodeKey, ContainerNode[]>();
  private readonly steps: ReadonlyMap<NodeKey, number>;
  private readonly retainReasons: ReadonlyMap<NodeKey, RetainReason>;

  constructor(
    private readonly plan: Plan,
    private readonly engineLabel: (id: string) => string,
  ) {
    this.steps = nodeSteps(plan);
    this.retainReasons = new Map(plan.retained.map(({ node, why }) => [node.key, why]));
    const all = [...[...plan.nodes.values()].map(({ node }) => node), ...plan.retained.map(({ node }) => node)];
    for (const node of all) {
      this.nodes.set(node.key, node);
      if (node.kind !== 'container' || !node.pod) continue;
      const members = this.members.get(node.pod);
      if (members) members.push(node);
      else this.members.set(node.pod, [node]);
    }
    this.severalEngines = new Set(all.map(({ key }) => engineOf(key))).size > 1;
  }

  readonly nameOf = (key: NodeKey): DisplayText => {
    const node = this.nodes.get(key);
    return node ? displayName(node) : nameOfKey(key);
  };

  /** @param stepTimeout of most containers of the step; undefined if none runs */
  includedRow(planned: PlannedNode, stepTimeout: StopTimeout | undefined): PreviewRow {
    const timeout = stopTimeoutOf(planned, this.plan);
    return {
      ...this.row(planned.node),
      timeout: timeout === undefined || timeout === stepTimeout ? undefined : stopTimeoutText(timeout),
      facts: factsFor(planned, this.plan, this.steps, this.nameOf),
      isIncluded: true,
      canChange: true,
      include: [],
    };
  }

  /** The anonymous volumes of a container, each below the first container that mounts it; an included one is deleted. */
  volumeRows({ node }: PlannedNode): PreviewRow[] {
    const own = anonymousVolumesOf(this.plan, node.key).filter(({ containers }) => containers[0] === node.key);
    return own.map((volume) => ({
      ...this.row(unlistedResource(volume.key)),
      state: '',
      timeout: undefined,
      facts: [volumeFact(volume)],
      inPod: this.row(node).inPod,
      mountedBy: node.key,
      isIncluded: volume.choice === 'delete',
      canChange: volume.fixed === undefined,
      include: [volume.key],
    }));
  }

  retainedRow({ node, why, users = [] }: RetainedNode): PreviewRow {
    const isOffered = why.kind === 'excluded' && node.kind !== 'container' && node.kind !== 'pod';
    const isBypassable = why.kind === 'systemdUnreachable' && !isStoppedUnit(node);
    const excluded = this.podOf(node) === node.key ? this.excludedMembers(node.key) : [];
    return {
      ...this.row(node),
      timeout: undefined,
      facts: isOffered ? resourceFacts(node, users, this.nameOf, true) : [this.keptReason({ node, why })],
      isIncluded: false,
      isOffered,
      canChange: why.kind === 'excluded' || isBypassable || excluded.length > 0,
      include: [node.key, ...excluded],
    };
  }

  /** `required by web → protected by label` */
  keptReason({ node, why }: RetainedNode): string {
    if (why.kind === 'excluded' && node.kind === 'container' && node.pod && this.retainReasons.has(node.pod)) {
      return l10n.t('excluded; pod {0} is kept, because it is removed as a whole', this.nameOf(node.pod));
    }
    const texts: string[] = [];
    let of = node.key;
    for (let at: RetainReason | undefined = why; at && texts.length < maxPathLength;) {
      const next: NodeKey | undefined = at.kind === 'neededBy' || at.kind === 'needs' ? at.node : undefined;
      const isMember = next !== undefined && this.podKey(next) === of;
      texts.push(isMember ? l10n.t('contains {0}', this.nameOf(next)) : retainReasonText(at, this.nameOf));
      at = next && this.retainReasons.get(next);
      of = next ?? of;
    }
    return texts.join(' → ');
  }

  /** The pod of a node, the node itself if it is a pod. */
  podKey(key: NodeKey): NodeKey | undefined {
    const node = this.nodes.get(key);
    return node && this.podOf(node);
  }

  /**
   * By name, members below their pod, volumes below their container or last: independent of the plan's order, so that
   * excluding a node moves no row.
   */
  sorted(rows: readonly PreviewRow[]): PreviewRow[] {
    const inSameList = new Map(rows.map((row) => [row.key, row]));
    const sortKey = ({ key, name, kind, mountedBy }: PreviewRow): string[] => {
      const container = mountedBy && inSameList.get(mountedBy);
      if (container) return [...sortKey(container), name];
      const podKey = this.podKey(key);
      const pod = podKey !== key && podKey !== undefined && inSameList.has(podKey) ? podKey : undefined;
      const rank = kind === 'pod' ? '0' : kind === 'container' ? '1' : '2';
      return pod === undefined ? [rank, name, key, ''] : ['0', this.nameOf(pod), pod, name];
    };
    const keyed = rows.map((row) => ({ row, by: sortKey(row) }));
    keyed.sort((one, other) => compare(one.by, other.by));
    return keyed.map(({ row }) => ({
      ...row,
      inPod: row.inPod && inSameList.has(this.podKey(row.mountedBy ?? row.key) as NodeKey),
    }));
  }

  private excludedMembers(pod: NodeKey): NodeKey[] {
    const members = this.members.get(pod) ?? [];
    return members.flatMap(({ key }) => (this.retainReasons.get(key)?.kind === 'excluded' ? [key] : []));
  }

  private podOf(node: PlanNode): NodeKey | undefined {
    if (node.kind === 'pod') return node.key;
    return node.kind === 'container' ? node.pod : undefined;
  }

  private row(node: PlanNode) {
    const [shape, tone] = node.kind === 'pod' || node.kind === 'container' ? nodeStyle(node) : [];
    return {
      key: node.key,
      name: displayName(node),
      kind: node.kind,
      kindText: kindText(node.kind),
      engine: this.severalEngines ? plainText(this.engineLabel(engineOf(node.key))) : undefined,
      state: nodeState(node, this.members.get(node.key) ?? [], Date.now()),
      icon: shape && tone && { ...icons[shape === 'pod' ? podShape(tone) : shape], tone },
      mountedBy: undefined,
      isOffered: false,
      inPod: node.kind === 'container' && node.pod !== undefined && this.nodes.has(node.pod),
    };
  }
}

/** The state of a pod as the dot of its members: the graph shows it as the color of the pod's icon. */
function podShape(tone: Tone): 'running' | 'exited' {
  return tone === 'muted' ? 'exited' : 'running';
}

/** The stop timeout of a running container that the plan stops. */
export function stopTimeoutOf({ node, stopTimeout }: PlannedNode, { action }: Plan): StopTimeout | undefined {
  const stops = action === 'remove' || action === 'stop' || action === 'restart';
  return stops && node.kind === 'container' && isActive(node.state) ? stopTimeout : undefined;
}

function compare(one: readonly string[], other: readonly string[]): number {
  for (const [at, part] of one.entries()) {
    const order = part.localeCompare(other[at] ?? '', undefined, { numeric: true });
    if (order !== 0) return order;
  }
  return one.length - other.length;
}
