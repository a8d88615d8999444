import type { NodeKey } from '../../graph/model';

/** What a person does on the page. */
export type PreviewRequest =
  /** The page's script runs and wants to be told what to show. */
  | { readonly type: 'ready' }
  | { readonly type: 'include'; readonly key: NodeKey; readonly goes: boolean }
  | { readonly type: 'running'; readonly choice: 'stop' | 'leave' }
  | { readonly type: 'includeDependents' }
  /** Plans once more, from what the engine holds now. */
  | { readonly type: 'again' }
  | { readonly type: 'copy' }
  | { readonly type: 'close' }
  /** Runs the plan that was on the page when the button was pressed. */
  | { readonly type: 'run'; readonly plan: string };

/** @returns undefined for what is no request: whatever comes out of a page is not believed */
export function asRequest(message: unknown): PreviewRequest | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { type, key, goes, choice, plan } = message as Record<string, unknown>;
  switch (type) {
    case 'ready':
    case 'includeDependents':
    case 'again':
    case 'copy':
    case 'close':
      return { type };
    case 'include':
      return typeof key === 'string' && typeof goes === 'boolean' ? { type, key: key as NodeKey, goes } : undefined;
    case 'running':
      return choice === 'stop' || choice === 'leave' ? { type, choice } : undefined;
    case 'run':
      return typeof plan === 'string' ? { type, plan } : undefined;
    default:
      return undefined;
  }
}
