import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { installBrowser } from './install';
import { type CodeServer, type ServerOptions, startServer } from './server';

/** Milliseconds to load the workbench from a cold server on a busy machine. */
const LOAD_DEADLINE = 120_000;

/** Milliseconds after which a step in the page fails. */
const PAGE_DEADLINE = 30_000;

const BROWSER_FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
];

interface WorkbenchOptions extends ServerOptions {
  /** Folders of extensions under development. */
  readonly dev?: string | readonly string[];
  /** Folder to open; default is an empty window. */
  readonly folder?: string;
  readonly viewport?: { readonly width: number; readonly height: number };
}

/** A VS Code workbench in a headless browser with a real extension host. */
export interface Workbench {
  readonly page: Page;
  readonly browser: Browser;
  readonly server: CodeServer;
  /** URL of this window. Only windows opened by `open` have the extension under development. */
  readonly url: string;
  /** Opens another window on the same server. */
  open(): Promise<Page>;
  close(): Promise<void>;
}

/** Starts the browser. The caller handles signals. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await installBrowser(),
    headless: true,
    args: BROWSER_FLAGS,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
}

/**
 * Adds extensions under development and a test suite to the configuration of the workbench that `page` will load. A built
 * workbench reads them from the URL only with --enable-smoke-test-driver, which hides notifications; so they are added to
 * the page's configuration after it is parsed and before the workbench starts, like in @vscode/test-web.
 */
async function injectDevelopmentOptions(
  page: Page,
  server: CodeServer,
  dev: readonly string[],
  tests?: string,
): Promise<void> {
  const uri = (file: string) => ({
    scheme: 'vscode-remote',
    authority: `127.0.0.1:${server.port}`,
    path: path.resolve(file),
  });
  const options = {
    ...(dev.length > 0 && { extensions: dev.map(uri) }),
    ...(tests !== undefined && { extensionTestsPath: uri(tests) }),
  };
  // A string, because it runs in the page: the scripts' types have no DOM.
  await page.addInitScript(`document.addEventListener('readystatechange', () => {
    const meta = document.getElementById('vscode-workbench-web-configuration');
    if (!meta) return;
    const config = JSON.parse(meta.dataset.settings);
    Object.assign((config.developmentOptions ??= {}), ${JSON.stringify(options)});
    meta.dataset.settings = JSON.stringify(config);
  }, { once: true })`);
}

/** URL that opens a folder or an empty window. */
export function windowUrl(server: CodeServer, folder?: string): string {
  return `${server.url}/?${folder ? `folder=${encodeURIComponent(path.resolve(folder))}` : 'ew=true'}`;
}

/** Loads the workbench in a page, with extensions under development and optionally a test suite. */
export async function openWindow(
  page: Page,
  server: CodeServer,
  { dev = [], tests, folder }: { dev?: readonly string[]; tests?: string; folder?: string },
): Promise<void> {
  await injectDevelopmentOptions(page, server, dev, tests);
  await page.goto(windowUrl(server, folder), { timeout: LOAD_DEADLINE });
}

/** Starts server and browser and opens a window; resolves when the workbench is rendered. */
export async function startWorkbench(options: WorkbenchOptions = {}): Promise<Workbench> {
  const server = await startServer(options);
  let browser: Browser | undefined;
  const close = async () => {
    await browser?.close().catch(() => undefined); // it may have ended with the process group
    await server.stop();
  };
  try {
    browser = await launchBrowser();
    const context = await browser.newContext({ viewport: options.viewport ?? { width: 1280, height: 800 } });
    context.setDefaultTimeout(PAGE_DEADLINE);
    const open = async () => {
      const page = await context.newPage();
      await openWindow(page, server, {
        dev: [options.dev ?? []].flat(),
        ...(options.folder && { folder: options.folder }),
      });
      await page.locator('.monaco-workbench').waitFor();
      return page;
    };
    return { page: await open(), browser, server, url: windowUrl(server, options.folder), open, close };
  } catch (error) {
    await close();
    throw error;
  }
}
