import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Uri, WebviewPanel } from 'vscode';
import type { NodeKey } from '../../src/graph/model/model';
import { parseWebviewMessage, type Overlay, parseHostMessage } from '../../src/view/graphPanel/messages';
import { GraphPanel } from '../../src/view/graphPanel/panel';
import { GraphViewModel } from '../../src/view/graphPanel/graphViewModel';
import { FakeService } from './fakeService';
import { containerKey } from './graphSpec';
import { defaultPresentationContext } from './presentationContext';

describe('messages', () => {
  it('of unknown form are rejected on both sides', () => {
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
    expect(parseHostMessage({ type: 'draw', model: {} })).toBeUndefined();
  });

  it('drop unknown properties', () => {
    expect(parseWebviewMessage({ type: 'remove', keys: ['k'], scope: 'all' })).toEqual({ type: 'remove', keys: ['k'] });
    expect(parseWebviewMessage({ type: 'ready', collapsed: [], aspectRatio: 1.4 })).toEqual({
      type: 'ready',
      collapsed: [],
      aspectRatio: 1.4,
    });
  });
});

describe('messages to the webview', () => {
  const overlay: Overlay = { isRemoval: true, stepOf: [[containerKey('a'), 0]], retained: [] };
  let over = () => {};
  afterEach(() => over());

  /** A panel with a controllable webview, and the messages sent to it. */
  function opened() {
    const sent: { readonly type: string }[] = [];
    const deeds: string[] = [];
    let speak: (message: unknown) => void = () => {};
    const webview = {
      cspSource: 'https://own',
      asWebviewUri: (uri: unknown) => uri,
      postMessage: (message: { readonly type: string }) => Promise.resolve(sent.push(message) > 0),
      onDidReceiveMessage: (listener: typeof speak) => {
        speak = listener;
        return { dispose: () => {} };
      },
    };
    const service = new FakeService({ containers: [{ name: 'a' }] });
    const model = new GraphViewModel(defaultPresentationContext(() => service.snapshot));
    const panel = new GraphPanel(
      { title: 'Podgraph', webview } as unknown as WebviewPanel,
      { path: '/own' } as Uri,
      model,
      {
        select: (keys: readonly NodeKey[]) => deeds.push(`select ${keys.join(' ')}`),
        hover: (keys: readonly NodeKey[]) => deeds.push(`hover ${keys.join(' ')}`),
        open: () => {},
        remove: () => {},
        toggleResources: () => deeds.push('toggleResources'),
      },
    );
    over = () => panel.dispose();
    const ready = () => speak({ type: 'ready', collapsed: [], aspectRatio: 1.4 });
    return { panel, sent, deeds, ready, speak: (message: unknown) => speak(message) };
  }

  it('start with the model; earlier messages follow', () => {
    const { panel, sent, ready } = opened();
    panel.showPlan(overlay);
    panel.setStatus('Removing 1');
    panel.select([containerKey('a')]);
    panel.fit();
    expect(sent).toEqual([]);
    ready();
    expect(sent.map(({ type }) => type)).toEqual(['draw', 'plan', 'progress', 'notice', 'select']);
    expect(sent).toContainEqual({ type: 'plan', overlay });
    expect(sent).toContainEqual({ type: 'progress', text: 'Removing 1' });
    expect(sent).toContainEqual({ type: 'select', keys: [containerKey('a')] });
  });

  it('are repeated when the webview is restored, with the current selection', () => {
    const { panel, sent, ready } = opened();
    ready();
    panel.hide();
    sent.length = 0;
    panel.select([containerKey('a')]);
    panel.showPlan(overlay);
    panel.refreshAll();
    expect(sent).toEqual([]);
    ready();
    expect(sent.map(({ type }) => type)).toEqual(['draw', 'plan', 'progress', 'notice', 'select']);
    expect(sent).toContainEqual({ type: 'plan', overlay });
  });

  it('highlight the nodes of the hovered row of the preview', () => {
    const { panel, sent, ready } = opened();
    panel.hover([containerKey('a')]);
    expect(sent).toEqual([]);
    ready();
    panel.hover([containerKey('a')]);
    const message = { type: 'hover', keys: [containerKey('a')] };
    expect(sent.at(-1)).toEqual(message);
    expect(parseHostMessage(message)).toEqual(message);
  });

  it('are not sent in response to invalid messages', () => {
    const { sent, deeds, speak } = opened();
    speak({ type: 'select', keys: [1] });
    speak({ type: 'command', command: 'podgraph.removeAll' });
    expect(deeds).toEqual([]);
    speak({ type: 'select', keys: [containerKey('a')] });
    speak({ type: 'hover', keys: [] });
    expect(deeds).toEqual([`select ${containerKey('a')}`, 'hover ']);
    expect(sent).toEqual([]);
  });
});
