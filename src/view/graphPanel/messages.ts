import type { Rect, Size } from '../../graph/layout/geometry';
import type { BoxKind } from '../../graph/layout/scene';

/** What the extension and the page tell each other. Either end believes nothing that has not this form. */

/** A sign that says a state by its form alone. */
export const shapes = [
  'running',
  'idle',
  'paused',
  'restarting',
  'stopping',
  'removing',
  'waiting',
  'warning',
  'external',
  'failed',
  'gone',
  'pod',
  'box',
] as const;
export type Shape = (typeof shapes)[number];

/** The colour that goes with a state; it never says anything that the shape and the words do not. */
export type Tone = 'good' | 'warn' | 'bad' | 'muted';

/** How a container or a box looks at this moment. */
export interface NodePresentation {
  /** Of the container or the box. */
  readonly key: string;
  readonly label: string;
  /** What it does, or what is being done with it. */
  readonly subtitle: string;
  readonly shape: Shape;
  readonly tone: Tone;
  readonly isProtected: boolean;
  /** All that is to be said of it, as a sentence. */
  readonly ariaLabel: string;
  /** The words that menus ask for. */
  readonly contextValues: string;
  /** The nodes that it stands for: itself, or what is in a box. */
  readonly nodes: readonly string[];
  /** It is no more, and shown until the removal is over. */
  readonly isRemoved: boolean;
}

export interface NodeModel extends NodePresentation, Rect {
  readonly kind: 'container' | BoxKind;
  /** The open box that it stands in. */
  readonly box: string | undefined;
  /** Of a box: whether its members are hidden; undefined where there is nothing to fold. */
  readonly collapsed: boolean | undefined;
}

export interface EdgeModel {
  readonly from: string;
  readonly to: string;
  readonly hard: boolean;
  /** The way of its line, as SVG says it. */
  readonly path: string;
  /** What the one has of the other, in words. */
  readonly label: string;
}

export interface EngineModel extends Rect {
  readonly label: string;
}

export interface GraphModel extends Size {
  readonly engines: readonly EngineModel[];
  /** Open boxes before what is in them. */
  readonly nodes: readonly NodeModel[];
  readonly edges: readonly EdgeModel[];
  /** All hard edges between nodes, hidden ones too: dependent, dependency. A pod's members need it. */
  readonly dependencies: readonly (readonly [string, string])[];
  /** What to say when there is nothing to draw. */
  readonly empty: string | undefined;
}

/** A plan that is being looked at. */
export interface Overlay {
  readonly title: string;
  /** What is to be said of each wave, in order. */
  readonly waves: readonly string[];
  /** The wave of each node that goes. */
  readonly waveOf: readonly (readonly [string, number])[];
  /** What stays, and why. */
  readonly retained: readonly (readonly [string, string])[];
}

export type HostMessage =
  | { readonly type: 'draw'; readonly model: GraphModel; readonly strings: Readonly<Record<string, string>> }
  | { readonly type: 'look'; readonly presentations: readonly NodePresentation[]; readonly removed: readonly string[] }
  | { readonly type: 'select'; readonly keys: readonly string[] }
  | { readonly type: 'plan'; readonly overlay: Overlay | undefined }
  /** What a removal is at, for eyes and ears; nothing when none runs. */
  | { readonly type: 'progress'; readonly text: string }
  /** That not all there is is drawn; empty where it is. */
  | { readonly type: 'note'; readonly text: string }
  | { readonly type: 'fit' };

export type CollapsedState = readonly (readonly [string, boolean])[];

export type WebviewMessage =
  /** The page runs and wants to be told what to show. */
  | { readonly type: 'ready'; readonly collapsed: CollapsedState }
  | { readonly type: 'fold'; readonly collapsed: CollapsedState }
  | { readonly type: 'select'; readonly keys: readonly string[] }
  | { readonly type: 'open'; readonly key: string }
  | { readonly type: 'remove'; readonly keys: readonly string[] }
  | { readonly type: 'arrange' }
  | { readonly type: 'saveSvg' }
  | { readonly type: 'showMermaid' };

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const isText = (value: unknown): value is string => typeof value === 'string';
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);
const isCollapsedState = (value: unknown): value is CollapsedState =>
  Array.isArray(value) &&
  value.every((pair) => Array.isArray(pair) && pair.length === 2 && isText(pair[0]) && typeof pair[1] === 'boolean');

/** @returns undefined for what is no message of a page */
export function fromPage(message: unknown): WebviewMessage | undefined {
  if (!isFields(message)) return undefined;
  const { type, folds: collapsed, keys, key } = message;
  switch (type) {
    case 'ready':
    case 'fold':
      return isCollapsedState(collapsed) ? { type, collapsed } : undefined;
    case 'select':
    case 'remove':
      return isTexts(keys) ? { type, keys } : undefined;
    case 'open':
      return isText(key) ? { type, key } : undefined;
    case 'arrange':
    case 'saveSvg':
    case 'showMermaid':
      return { type };
    default:
      return undefined;
  }
}

const isNodePresentation = (value: unknown): value is NodePresentation =>
  isFields(value) &&
  [value.key, value.label, value.subtitle, value.tone, value.ariaLabel, value.contextValues].every(isText) &&
  (shapes as readonly unknown[]).includes(value.shape) &&
  isTexts(value.nodes);
const isNumbers = (...values: unknown[]) => values.every((value) => Number.isFinite(value));
const isRect = (value: Fields) => isNumbers(value.x, value.y, value.width, value.height);
const isPair = (value: unknown) => Array.isArray(value) && value.length === 2 && isText(value[0]);

function isDrawing(value: unknown): value is GraphModel {
  if (!isFields(value) || !isNumbers(value.width, value.height)) return false;
  const { engines, nodes, edges, dependencies: needs } = value;
  return (
    Array.isArray(engines) &&
    engines.every((one: unknown) => isFields(one) && isText(one.label) && isRect(one)) &&
    Array.isArray(nodes) &&
    nodes.every((one: unknown) => isNodePresentation(one) && isRect(one as unknown as Fields)) &&
    Array.isArray(edges) &&
    edges.every((one: unknown) => isFields(one) && [one.from, one.to, one.path, one.label].every(isText)) &&
    Array.isArray(needs) &&
    needs.every(isTexts)
  );
}

function isOverlay(value: unknown): value is Overlay {
  if (!isFields(value) || !isText(value.title) || !isTexts(value.waves)) return false;
  const { places: elements, retained: stays } = value;
  return Array.isArray(elements) && elements.every(isPair) && Array.isArray(stays) && stays.every(isPair);
}

/** @returns undefined for what is no message of the extension */
export function toPage(message: unknown): HostMessage | undefined {
  if (!isFields(message)) return undefined;
  switch (message.type) {
    case 'draw':
      return isDrawing(message.model) && isFields(message.strings) ? (message as unknown as HostMessage) : undefined;
    case 'look':
      return Array.isArray(message.presentations) &&
        message.presentations.every(isNodePresentation) &&
        isTexts(message.removed)
        ? (message as unknown as HostMessage)
        : undefined;
    case 'select':
      return isTexts(message.keys) ? { type: 'select', keys: message.keys } : undefined;
    case 'plan':
      return message.overlay === undefined || isOverlay(message.overlay)
        ? { type: 'plan', overlay: message.overlay }
        : undefined;
    case 'progress':
    case 'note':
      return isText(message.text) ? { type: message.type, text: message.text } : undefined;
    case 'fit':
      return { type: 'fit' };
    default:
      return undefined;
  }
}
