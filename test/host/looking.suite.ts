import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { PodgraphApi } from '../../src/extension';
import { commandIds } from '../../src/view/ids';
import type { EngineFleet } from './engineFleet';
import { engineDeadline, filledEngines, itUnlessEngine, nameOf, TreeElements } from './onEngines';
import { capturedClipboard, stub } from './person';
import { run, waitFor } from './podgraph';

/** `under` shares the network of `base`; `front`, which has never run, would publish two ports. */
async function fill(fleet: EngineFleet): Promise<void> {
  await fleet.container({ name: 'base' });
  await fleet.container({ name: 'under', network: 'base' });
  if (unpublished(fleet) === undefined) {
    await fleet.container({ name: 'front', ports: ['18080:80', '18443:443'], start: false });
  }
}

function unpublished({ engine }: EngineFleet): string | undefined {
  return engine.flavour === 'docker' ? `the private ${engine.name} has no network to publish ports on` : undefined;
}

/** The channel that the work opens, and what comes to stand in it. */
async function channelOf(work: () => Thenable<unknown>): Promise<{ shows(fits: RegExp): Promise<void> }> {
  let text = '';
  const { createOutputChannel } = vscode.window;
  const watched = (name: string, language: string) => {
    const channel = createOutputChannel(name, language);
    const append = channel.append.bind(channel);
    channel.append = (more) => {
      text += more;
      append(more);
    };
    return channel;
  };
  await stub(vscode.window, 'createOutputChannel', watched, work);
  return { shows: (fits) => waitFor(() => fits.test(text)) };
}

describe('looking into containers', function () {
  this.timeout(engineDeadline);
  let api: PodgraphApi;
  const fleets = filledEngines(fill, (given) => (api = given));

  const shownText = () => vscode.window.activeTextEditor?.document.getText() ?? '';

  for (const fleet of fleets) {
    describe(`on ${nameOf(fleet)}`, () => {
      let places: TreeElements;
      before(() => (places = new TreeElements(api, fleet)));
      beforeEach(() => fleet.restore());

      it('explains who needs it, why it cannot be removed and what would go along', async () => {
        const base = places.of('base');
        await run(commandIds.showDependents, base);
        assert.match(shownText(), /^Who needs base\?\n[^]*^ {2}under: shares net of base$/m);
        await run(commandIds.explainBlockers, base);
        const needed = /^1 needs base, and can only go before it or with it:\n {2}under: shares net of base$/m;
        assert.match(shownText(), needed);
        await run(commandIds.showRemovalImpact, base);
        assert.match(shownText(), /^With all that needs it, 2 containers would go:$/m);
      });

      it('inspects as JSON that cannot be changed, links what it needs, and is written anew when told', async () => {
        await run(commandIds.inspect, places.of('under'));
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
        await waitFor(() => api.view.selection.includes(places.of('base')));

        await run(commandIds.stop, places.of('under'));
        const changed = new Promise<void>((resolve) => {
          const listening = vscode.workspace.onDidChangeTextDocument((event) => {
            if (event.document !== document) return;
            listening.dispose();
            resolve();
          });
        });
        await vscode.window.showTextDocument(document);
        await run(commandIds.refreshDocument);
        await changed;
        assert.match(document.getText(), /"Status": "(exited|stopped)"/);
      });

      it('follows a log from its newest lines or from where one says, until told otherwise', async () => {
        const follows = () => api.view.context.get('podgraph.isFollowingLogs');
        const channel = await channelOf(() => run(commandIds.followLogs, places.of('under')));
        await channel.shows(/^(under )?started$/m);
        assert.equal(follows(), true);
        await run(commandIds.stopFollowingLogs);
        await waitFor(() => follows() === false);
        const choose = async (items: readonly { wish: { since?: number }; timestamps: boolean }[]) =>
          items.find(({ wish, timestamps }) => timestamps && wish.since !== undefined);
        const again = await channelOf(() =>
          stub(vscode.window, 'showQuickPick', choose, () => run(commandIds.followLogsFrom, places.of('under'))),
        );
        await again.shows(/^\d{4}-\d\d-\d\dT\S+ (under )?started$/m);
        await run(commandIds.stopFollowingLogs);
        await waitFor(() => follows() === false);
      });

      it('opens a shell in a terminal, through the engine', async () => {
        let printed = '';
        const { createTerminal } = vscode.window;
        const watched = (options: vscode.ExtensionTerminalOptions) => {
          options.pty.onDidWrite((text) => (printed += text));
          return createTerminal(options);
        };
        await stub(vscode.window, 'createTerminal', watched, () =>
          Promise.resolve(run(commandIds.openShell, places.of('under'))),
        );
        const terminal = vscode.window.terminals.find(({ name }) => name === 'under');
        assert.ok(terminal);
        const closed = new Promise<void>((resolve) => {
          const listening = vscode.window.onDidCloseTerminal((one) => {
            if (one !== terminal) return;
            listening.dispose();
            resolve();
          });
        });
        // The quotes tell the answer from the echo of what was typed.
        terminal.sendText('echo an""swer');
        await waitFor(() => printed.includes('answer'));
        terminal.sendText('exit');
        await closed;
      });

      itUnlessEngine(unpublished(fleet), 'opens a published port, and asks which where there are several', async () => {
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
            stub(vscode.window, 'showQuickPick', pick, () => run(commandIds.openPort, places.of('front'))),
          ),
        );
        assert.deepEqual(offered, ['http://localhost:18080/', 'https://localhost:18443/']);
        assert.deepEqual(opened, ['https://localhost:18443/']);
      });

      it('copies ids, names and images of what is selected', async () => {
        const both = [places.of('base'), places.of('under')];
        const copied = (id: string) => capturedClipboard(() => run(id, both[0], both));
        assert.equal(await copied(commandIds.copyId), `${fleet.idOf('base')}\n${fleet.idOf('under')}`);
        assert.equal(await copied(commandIds.copyName), 'base\nunder');
        const image = fleet.engine.flavour === 'docker' ? 'bb:1' : 'localhost/bb:1';
        assert.equal(await copied(commandIds.copyImage), `${image}\n${image}`);
      });
    });
  }
});
