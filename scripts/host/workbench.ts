import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { installBrowser } from './install';
import { type CodeServer, type ServerOptions, startServer } from './server';

/** How long a cold server may take to serve the workbench on a busy machine, in milliseconds. */
const LOAD_DEADLINE = 120_000;

/** How long a step in the page may take before it counts as failed, in milliseconds. */
const PAGE_DEADLINE = 30_000;

const BROWSER_FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
];

export interface WorkbenchOptions extends ServerOptions {
  /** Folders of extensions under development, loaded as they lie there. */
  readonly dev?: string | readonly string[];
  /** Folder to open; without one the window is empty. */
  readonly folder?: string;
  readonly viewport?: { readonly width: number; readonly height: number };
}

/** A VS Code workbench in a headless browser, with a real extension host behind it. */
export interface Workbench {
  readonly page: Page;
  readonly browser: Browser;
  readonly server: CodeServer;
  /** The address of this window; the extension under development is only in windows that `open` made. */
  readonly url: string;
  /** Opens another window on the same server. */
  open(): Promise<Page>;
  close(): Promise<void>;
}

/** Starts the browser. Signals are left to the caller, who has more to take down than a browser. */
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
 * Puts an extension under development, and a test suite, into the configuration of the workbench that `page` will load.
 * A built workbench takes them from the address only under --enable-smoke-test-driver, which hides notifications; so they
 * go where @vscode/test-web puts them: into the page's configuration, after it is parsed and before the workbench starts.
 */
async function develop(page: Page, server: CodeServer, dev: readonly string[], tests?: string): Promise<void> {
  const uri = (file: string) => ({
    scheme: 'vscode-remote',
    authority: `127.0.0.1:${server.port}`,
    path: path.resolve(file),
  });
  const options = {
    ...(dev.length > 0 && { extensions: dev.map(uri) }),
    ...(tests !== undefined && { extensionTestsPath: uri(tests) }),
  };
  // As text, since it runs in the page: the scripts themselves know no DOM.
  await page.addInitScript(`document.addEventListener('readystatechange', () => {
    const meta = document.getElementById('vscode-workbench-web-configuration');
    if (!meta) return;
    const config = JSON.parse(meta.dataset.settings);
    Object.assign((config.developmentOptions ??= {}), ${JSON.stringify(options)});
    meta.dataset.settings = JSON.stringify(config);
  }, { once: true })`);
}

/** The address that opens a folder, or an empty window. */
export function windowUrl(server: CodeServer, folder?: string): string {
  return `${server.url}/?${folder ? `folder=${encodeURIComponent(path.resolve(folder))}` : 'ew=true'}`;
}

/** Loads the workbench in a page, with extensions under development and perhaps a test suite that starts at once. */
export async function openWindow(
  page: Page,
  server: CodeServer,
  { dev = [], tests, folder }: { dev?: readonly string[]; tests?: string; folder?: string },
): Promise<void> {
  await develop(page, server, dev, tests);
  await page.goto(windowUrl(server, folder), { timeout: LOAD_DEADLINE });
}

/** Starts server and browser and opens a window; resolves when the workbench is drawn. */
export async function startWorkbench(options: WorkbenchOptions = {}): Promise<Workbench> {
  const server = await startServer(options);
  let browser: Browser | undefined;
  const close = async () => {
    await browser?.close().catch(() => undefined); // it may have gone with the process group
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
