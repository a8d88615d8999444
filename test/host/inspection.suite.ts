import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { waitFor } from '../../scripts/waitFor';
import type { PodgraphApi } from '../../src/extension';
import { commandIds } from '../../src/view/ids';
import type { EngineFleet } from './engineFleet';
import { engineTimeout, filledEngines, itUnlessEngine, nameOf, TreeElements } from './onEngines';
import { capturedClipboard, stub } from './userDriver';
import { run } from './podgraph';

/** `under` shares the network of `base`; `front` is created and publishes two ports. */
async function fill(fleet: EngineFleet): Promise<void> {
  await fleet.container({ name: 'base' });
  await fleet.container({ name: 'under', network: 'base' });
  if (withoutPorts(fleet) === undefined) {
    await fleet.container({ name: 'front', ports: ['18080:80', '18443:443'], start: false });
  }
}

function withoutPorts({ engine }: EngineFleet): string | undefined {
  return engine.flavour === 'docker' ? `the isolated ${engine.name} has no network to publish ports on` : undefined;
}

/** The log terminal created by `work`, with a wait for its text. */
async function logTerminalOf(work: () => Thenable<unknown>): Promise<{ shows(pattern: RegExp): Promise<void> }> {
  let text = '';
  const { createTerminal } = vscode.window;
  const recorded = (options: vscode.ExtensionTerminalOptions) => {
    options.pty.onDidWrite((more) => (text += more.replaceAll('\r\n', '\n')));
    return createTerminal(options);
  };
  await stub(vscode.window, 'createTerminal', recorded, async () => work());
  return { shows: async (pattern) => void (await waitFor(`${pattern} in the terminal`, () => pattern.test(text))) };
}

describe('inspection', function () {
  this.timeout(engineTimeout);
  let api: PodgraphApi;
  const fleets = filledEngines(fill, (given) => (api = given));

  const shownText = () => vscode.window.activeTextEditor?.document.getText() ?? '';

  for (const fleet of fleets) {
    describe(`on ${nameOf(fleet)}`, () => {
      let elements: TreeElements;
      before(() => (elements = new TreeElements(api, fleet)));
      beforeEach(() => fleet.restore());

      it('shows dependents, removal blockers and removal impact', async () => {
        const base = elements.of('base');
        await run(commandIds.explainDependencies, base);
        assert.match(shownText(), /^Dependencies of base\n[^]*^ {2}under: shares net of base$/m);
        assert.match(shownText(), /^“Remove with Dependents” removes it and these, in order\.$/m);
        assert.match(shownText(), /^With its dependents, 2 containers would be removed\.$/m);
      });

      it('inspects as read-only JSON with links to dependencies, and refreshes on command', async () => {
        await run(commandIds.inspect, elements.of('under'));
        const document = vscode.window.activeTextEditor?.document;
        assert.ok(document);
        assert.equal(document.languageId, 'json');
        assert.equal((JSON.parse(document.getText()) as { Id: string }).Id, fleet.idOf('under'));
        assert.equal(vscode.workspace.fs.isWritableFileSystem(document.uri.scheme) ?? false, false);
        const links = await vscode.commands.executeCommand<vscode.DocumentLink[]>(
          'vscode.executeLinkProvider',
          document.uri,
        );
        const link = links.find(({ target }) => target?.query.includes(fleet.idOf('base')));
        assert.ok(link?.target, JSON.stringify(links));
        const [key] = JSON.parse(decodeURIComponent(link.target.query)) as [string];
        await run(commandIds.reveal, key);
        await waitFor('the selection', () => api.view.selection.includes(elements.of('base')));

        await run(commandIds.stop, elements.of('under'));
        const changed = new Promise<void>((resolve) => {
          const subscription = vscode.workspace.onDidChangeTextDocument((event) => {
            if (event.document !== document) return;
            subscription.dispose();
            resolve();
          });
        });
        await vscode.window.showTextDocument(document);
        await run(commandIds.refreshDocument);
        await changed;
        assert.match(document.getText(), /"Status": "(exited|stopped)"/);
      });

      it('follows a log from its newest lines or from a given time, until stopped', async () => {
        const follows = () => api.view.context.get('podgraph.isFollowingLogs');
        const terminal = await logTerminalOf(() => run(commandIds.followLogs, elements.of('under')));
        await terminal.shows(/^(under )?started$/m);
        assert.equal(follows(), true);
        await run(commandIds.stopFollowingLogs);
        await waitFor('the end of the log', () => follows() === false);
        const choose = async (items: readonly { description?: string; start?: { since?: number } }[]) =>
          items.find(({ description }) => description === 'off') ??
          items.find(({ start }) => start?.since !== undefined);
        const again = await logTerminalOf(() =>
          stub(vscode.window, 'showQuickPick', choose, () => run(commandIds.followLogsFrom, elements.of('under'))),
        );
        await again.shows(/^\d{4}-\d\d-\d\dT\S+ (under )?started$/m);
        await run(commandIds.stopFollowingLogs);
        await waitFor('the end of the log', () => follows() === false);
      });

      it('opens a shell in a terminal, through the engine', async () => {
        let printed = '';
        const { createTerminal } = vscode.window;
        const recorded = (options: vscode.ExtensionTerminalOptions) => {
          options.pty.onDidWrite((text) => (printed += text));
          return createTerminal(options);
        };
        await stub(vscode.window, 'createTerminal', recorded, () =>
          Promise.resolve(run(commandIds.openShell, elements.of('under'))),
        );
        const terminal = vscode.window.terminals.find(({ name }) => name === 'under');
        assert.ok(terminal);
        const closed = new Promise<void>((resolve) => {
          const subscription = vscode.window.onDidCloseTerminal((one) => {
            if (one !== terminal) return;
            subscription.dispose();
            resolve();
          });
        });
        // The quotes distinguish the output from the echo of the input.
        terminal.sendText('echo an""swer');
        await waitFor('the answer of the shell', () => printed.includes('answer'));
        terminal.sendText('exit');
        await closed;
      });

      itUnlessEngine(withoutPorts(fleet), 'opens a published port, and asks which if there are several', async () => {
        const opened: string[] = [];
        const openExternal = async (uri: vscode.Uri) => {
          opened.push(uri.toString(true));
          return true;
        };
        const offered: string[] = [];
        const pick = async (items: readonly { label: string }[]) => {
          offered.push(...items.map(({ label }) => label));
          return items.at(-1);
        };
        const asIs = async (uri: vscode.Uri) => uri;
        await stub(vscode.env, 'asExternalUri', asIs, () =>
          stub(vscode.env, 'openExternal', openExternal, () =>
            stub(vscode.window, 'showQuickPick', pick, () => run(commandIds.openPort, elements.of('front'))),
          ),
        );
        assert.deepEqual(offered, ['http://localhost:18080/', 'https://localhost:18443/']);
        assert.deepEqual(opened, ['https://localhost:18443/']);
      });

      it('copies ids, names and images of the selection', async () => {
        const both = [elements.of('base'), elements.of('under')];
        const copied = (id: string) => capturedClipboard(() => run(id, both[0], both));
        assert.equal(await copied(commandIds.copyId), `${fleet.idOf('base')}\n${fleet.idOf('under')}`);
        assert.equal(await copied(commandIds.copyName), 'base\nunder');
        const image = fleet.engine.flavour === 'docker' ? 'bb:1' : 'localhost/bb:1';
        assert.equal(await copied(commandIds.copyImage), `${image}\n${image}`);
      });
    });
  }
});
