import { ContainerGraph, type GraphData } from '../../../src/graph/model/graph';
import type { ContainerNode, EngineId } from '../../../src/graph/model/model';
import { buildResourceLayer } from '../../../src/graph/model/resourceLayer';
import type { ResourceNode } from '../../../src/graph/model/resources';
import type { EngineStatus } from '../../../src/service/service';
import { GraphViewModel } from '../../../src/view/graphPanel/graphViewModel';
import type { HostMessage, NodePresentation } from '../../../src/view/graphPanel/messages';
import { renderGraphHtml } from '../../../src/view/graphPanel/webviewHtml';
import { defaultPresentationContext } from '../../view/presentationContext';

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
      defaultPresentationContext(() => ({ graph: this.graph, resources: new Map(), engines, version: 1, layer })),
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

/** The webview's HTML without scripts and policy. */
export function pageOf(style: string): string {
  const page = renderGraphHtml({ source: "'self'", style: '', script: '', nonce: '', language: 'en', title: '' });
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
