import { ContainerGraph, type GraphData } from '../../../src/graph/model/graph';
import type { ContainerNode, EngineId } from '../../../src/graph/model/model';
import { buildResourceLayer } from '../../../src/graph/model/resourceLayer';
import type { ResourceNode } from '../../../src/graph/model/resources';
import { protectionReason } from '../../../src/graph/model/protection';
import { planRemoval } from '../../../src/graph/plan/planRemoval';
import type { EngineStatus } from '../../../src/service/service';
import { buildPlanOverlay, GraphViewModel } from '../../../src/view/graphPanel/graphViewModel';
import type { HostMessage, NodePresentation } from '../../../src/view/graphPanel/messages';
import { renderGraphHtml } from '../../../src/view/graphPanel/webviewHtml';
import { renderHtml } from '../../../src/view/preview/panel';
import { buildPreview } from '../../../src/view/preview/previewModel';
import { defaultPresentationContext } from '../../view/presentationContext';

const planOptions = {
  dependents: 'include',
  running: 'stop',
  protects: protectionReason({ names: [], ownContainer: undefined }),
} as const;

/** The plan of a removal of everything: the message of its overlay on the graph, and that of the page with its steps. */
export function planMessages(parts: GraphData): { readonly overlay: HostMessage; readonly steps: unknown } {
  const graph = ContainerGraph.build(parts);
  const plan = planRemoval('plan', graph, { chosen: [...graph.nodes.keys()], isAll: true }, planOptions);
  const engineLabel = (id: EngineId) => id;
  const page = buildPreview(plan, { engineLabel, engineType: () => 'podman', previousSteps: new Map() });
  return { overlay: { type: 'plan', overlay: buildPlanOverlay(plan, engineLabel) }, steps: { page } };
}

/** The graph panel's view model without a window. */
export class PanelModel {
  private readonly viewModel: GraphViewModel;
  private graph: ContainerGraph;

  constructor(
    private readonly parts: GraphData,
    engine: EngineId,
    resources?: readonly ResourceNode[],
  ) {
    this.graph = ContainerGraph.build(parts);
    const layer = resources && buildResourceLayer(this.graph, resources, new Map());
    const engines = new Map([[engine, statusOf(engine)]]);
    this.viewModel = new GraphViewModel(
      defaultPresentationContext(() => ({ graph: this.graph, resources: new Map(), engines, layer })),
    );
  }

  /** The message sent when the panel opens. */
  draw(): HostMessage {
    return { type: 'draw', model: this.viewModel.draw(), isArranged: false };
  }

  /** The message sent when the containers at these indices are paused or unpaused. */
  change(
    indices: readonly number[],
    paused: boolean,
  ): HostMessage & { readonly presentations: readonly NodePresentation[] } {
    const chosen = new Set(indices);
    const containers = [...this.parts.containers].map((one, at): ContainerNode => {
      return chosen.has(at) ? { ...one, state: paused ? 'paused' : 'running' } : one;
    });
    this.graph = ContainerGraph.build({ ...this.parts, containers });
    const nodes = new Set(indices.flatMap((at) => containers[at]?.key ?? []));
    const change = this.viewModel.update({ structure: false, nodes });
    if (change === 'all') throw new Error('A state change caused a full render.');
    return { type: 'update', ...change };
  }
}

const assets = { source: "'self'", style: '', script: '', nonce: '', language: 'en', title: '' };

/** The graph's HTML without scripts and policy. */
export function pageOf(style: string): string {
  return withStyle(renderGraphHtml(assets), style);
}

/** The HTML of the preview, likewise. */
export function previewPageOf(style: string): string {
  return withStyle(renderHtml(assets), style);
}

function withStyle(page: string, style: string): string {
  return page
    .replace(/<meta http-equiv.*>|<link.*>|<script.*<\/script>/g, '')
    .replace('</head>', `<style>${style}</style></head>`);
}

function statusOf(id: EngineId): EngineStatus {
  return {
    id,
    label: id,
    endpoint: '',
    state: 'live',
    info: undefined,
    error: undefined,
    listed: true,
    uninspected: 0,
  };
}
