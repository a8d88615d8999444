import { ContainerGraph } from '../../../src/graph/graph';
import type { ContainerNode, EngineId } from '../../../src/graph/model';
import type { GraphParts } from '../../../src/graph/graph';
import type { Face, ToPage } from '../../../src/view/graphPanel/messages';
import { GraphPicture } from '../../../src/view/graphPanel/picture';
import { graphFrame } from '../../../src/view/graphPanel/html';
import { pageWords } from '../../../src/view/graphPanel/words';
import type { EngineStatus } from '../../../src/service/service';
import { plainSight } from '../../view/plainSight';

/** What the panel of a window holds for so many containers, without a window around it. */
export class PanelPicture {
  private readonly picture: GraphPicture;
  private graph: ContainerGraph;

  constructor(
    private readonly parts: GraphParts,
    engine: EngineId,
  ) {
    this.graph = ContainerGraph.build(parts);
    const engines = new Map([[engine, statusOf(engine)]]);
    this.picture = new GraphPicture(plainSight(() => ({ graph: this.graph, engines, version: 1 })));
  }

  /** What the page is told when the panel opens. */
  draw(): ToPage {
    return { type: 'draw', drawing: this.picture.draw(), words: pageWords() };
  }

  /** What the page is told when these containers, by their places in the list, are paused, or run again. */
  change(places: readonly number[], paused: boolean): ToPage & { readonly faces: readonly Face[] } {
    const chosen = new Set(places);
    const containers = [...this.parts.containers].map((one, at): ContainerNode => {
      return chosen.has(at) ? { ...one, state: paused ? 'paused' : 'running' } : one;
    });
    this.graph = ContainerGraph.build({ ...this.parts, containers });
    const nodes = new Set(places.flatMap((at) => containers[at]?.key ?? []));
    const change = this.picture.take({ structure: false, nodes });
    if (change === 'all') throw new Error('A state made the picture be drawn anew.');
    return { type: 'look', ...change };
  }
}

/** The page as the panel frames it. */
export function pageOf(style: string): string {
  const page = graphFrame({ source: "'self'", style: '', script: '', nonce: '', language: 'en', title: '' });
  return page
    .replace(/<meta http-equiv.*>|<link.*>|<script.*<\/script>/g, '')
    .replace('</head>', `<style>${style}</style></head>`);
}

function statusOf(id: EngineId): EngineStatus {
  return { id, label: id, endpoint: '', state: 'live', info: undefined, error: undefined, listed: true, pending: 0 };
}
