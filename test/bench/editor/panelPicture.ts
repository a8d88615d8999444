import { ContainerGraph, type GraphData } from '../../../src/graph/model/graph';
import type { ContainerNode, EngineId } from '../../../src/graph/model/model';
import type { EngineStatus } from '../../../src/service/service';
import { GraphViewModel } from '../../../src/view/graphPanel/graphViewModel';
import type { HostMessage, NodePresentation } from '../../../src/view/graphPanel/messages';
import { renderGraphHtml, webviewStrings } from '../../../src/view/graphPanel/webviewHtml';
import { defaultPresentationContext } from '../../view/plainSight';

/** What the panel of a window holds for so many containers, without a window around it. */
export class PanelModel {
  private readonly picture: GraphViewModel;
  private graph: ContainerGraph;

  constructor(
    private readonly parts: GraphData,
    engine: EngineId,
  ) {
    this.graph = ContainerGraph.build(parts);
    const engines = new Map([[engine, statusOf(engine)]]);
    this.picture = new GraphViewModel(defaultPresentationContext(() => ({ graph: this.graph, engines, version: 1 })));
  }

  /** What the page is told when the panel opens. */
  draw(): HostMessage {
    return { type: 'draw', model: this.picture.draw(), strings: webviewStrings() };
  }

  /** What the page is told when these containers, by their places in the list, are paused, or run again. */
  change(
    places: readonly number[],
    paused: boolean,
  ): HostMessage & { readonly presentations: readonly NodePresentation[] } {
    const chosen = new Set(places);
    const containers = [...this.parts.containers].map((one, at): ContainerNode => {
      return chosen.has(at) ? { ...one, state: paused ? 'paused' : 'running' } : one;
    });
    this.graph = ContainerGraph.build({ ...this.parts, containers });
    const nodes = new Set(places.flatMap((at) => containers[at]?.key ?? []));
    const change = this.picture.update({ structure: false, nodes });
    if (change === 'all') throw new Error('A state made the picture be drawn anew.');
    return { type: 'look', ...change };
  }
}

/** The page as the panel frames it. */
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
