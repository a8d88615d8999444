import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Uri, WebviewPanel } from 'vscode';
import type { NodeKey } from '../../src/graph/model/model';
import { parseWebviewMessage, type Overlay, parseHostMessage } from '../../src/view/graphPanel/messages';
import { GraphPanel } from '../../src/view/graphPanel/panel';
import { GraphViewModel } from '../../src/view/graphPanel/graphViewModel';
import { FakeService } from './fakeService';
import { containerKey } from './picture';
import { defaultPresentationContext } from './plainSight';

describe('messages', () => {
  it('of no known form are not taken, at either end', () => {
    fc.assert(
      fc.property(fc.anything(), (thing) => {
        expect(parseWebviewMessage(thing)).toBeUndefined();
        expect(parseHostMessage(thing)).toBeUndefined();
      }),
    );
    expect(parseWebviewMessage({ type: 'remove', keys: [1] })).toBeUndefined();
    expect(parseWebviewMessage({ type: 'collapse', collapsed: [['a', 'yes']] })).toBeUndefined();
    expect(parseWebviewMessage({ type: 'open' })).toBeUndefined();
    expect(parseWebviewMessage({ type: 'command', command: 'x' })).toBeUndefined();
    expect(parseHostMessage({ type: 'update', presentations: [{ key: 1 }], removed: [] })).toBeUndefined();
    expect(parseHostMessage({ type: 'draw', model: {}, strings: {} })).toBeUndefined();
  });

  it('carry only what belongs to them', () => {
    expect(parseWebviewMessage({ type: 'remove', keys: ['k'], scope: 'all' })).toEqual({ type: 'remove', keys: ['k'] });
    expect(parseWebviewMessage({ type: 'ready', collapsed: [] })).toEqual({ type: 'ready', collapsed: [] });
  });
});

describe('what a page is told', () => {
  const overlay: Overlay = { title: 'Remove 1?', waves: ['Step 1'], waveOf: [[containerKey('a'), 0]], retained: [] };
  let over = () => {};
  afterEach(() => over());

  /** A panel over a page that speaks when the test lets it, and what the page was told. */
  function opened() {
    const told: { readonly type: string }[] = [];
    const deeds: string[] = [];
    let speak: (message: unknown) => void = () => {};
    const webview = {
      cspSource: 'https://own',
      asWebviewUri: (uri: unknown) => uri,
      postMessage: (message: { readonly type: string }) => Promise.resolve(told.push(message) > 0),
      onDidReceiveMessage: (listener: typeof speak) => {
        speak = listener;
        return { dispose: () => {} };
      },
    };
    const service = new FakeService({ containers: [{ name: 'a' }] });
    const picture = new GraphViewModel(defaultPresentationContext(() => service.snapshot));
    const panel = new GraphPanel(
      { title: 'Podgraph', webview } as unknown as WebviewPanel,
      { path: '/own' } as Uri,
      picture,
      {
        select: (keys: readonly NodeKey[]) => deeds.push(`select ${keys.join(' ')}`),
        open: () => {},
        remove: () => {},
        saveSvg: () => {},
        showMermaid: () => {},
      },
    );
    over = () => panel.dispose();
    const ready = () => speak({ type: 'ready', collapsed: [] });
    return { panel, told, deeds, ready, speak: (message: unknown) => speak(message) };
  }

  it('begins with the picture: what came earlier follows it', () => {
    const { panel, told, ready } = opened();
    panel.showPlan(overlay);
    panel.setStatus('Removing 1');
    panel.select([containerKey('a')]);
    panel.fit();
    expect(told).toEqual([]);
    ready();
    expect(told.map(({ type }) => type)).toEqual(['draw', 'plan', 'progress', 'notice', 'select']);
    expect(told).toContainEqual({ type: 'plan', overlay });
    expect(told).toContainEqual({ type: 'progress', text: 'Removing 1' });
    expect(told).toContainEqual({ type: 'select', keys: [containerKey('a')] });
  });

  it('is told anew when it comes back, with what was selected while it was hidden', () => {
    const { panel, told, ready } = opened();
    ready();
    panel.hide();
    told.length = 0;
    panel.select([containerKey('a')]);
    panel.showPlan(overlay);
    panel.refreshAll();
    expect(told).toEqual([]);
    ready();
    expect(told.map(({ type }) => type)).toEqual(['draw', 'plan', 'progress', 'notice', 'select']);
    expect(told).toContainEqual({ type: 'plan', overlay });
  });

  it('is nothing for what is no message, which does nothing either', () => {
    const { told, deeds, speak } = opened();
    speak({ type: 'select', keys: [1] });
    speak({ type: 'command', command: 'podgraph.removeAll' });
    expect(deeds).toEqual([]);
    speak({ type: 'select', keys: [containerKey('a')] });
    expect(deeds).toEqual([`select ${containerKey('a')}`]);
    expect(told).toEqual([]);
  });
});
