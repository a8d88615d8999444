import { createWriteStream, writeFileSync } from 'node:fs';
import { format, parseArgs } from 'node:util';
import { startServer } from './server';
import { launchBrowser, openWindow } from './workbench';

/** Milliseconds without an exit code of the suite after which the run counts as hung. */
const SUITE_DEADLINE = Number(process.env['PODGRAPH_SUITE_DEADLINE'] ?? 1_500_000);
const HUNG = 124;

/** File for the workbench's log, which includes the suite's console; default is standard output. */
const LOG_FILE = process.env['PODGRAPH_SUITE_LOG'];

/** Option values, the last (`one`) or all (`all`), and the folder to open. */
function commandLine() {
  const { tokens } = parseArgs({ args: process.argv.slice(2), strict: false, tokens: true, allowPositionals: true });
  const all = (name: string) =>
    tokens.flatMap((token) => (token.kind === 'option' && token.name === name && token.value ? [token.value] : []));
  const folder = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : [])).at(-1);
  return { all, one: (name: string) => all(name).at(-1), folder };
}

/** Runs the suite in a window; resolves with its exit code. */
async function runSuite(): Promise<number> {
  const { all, one, folder } = commandLine();
  const tests = one('extensionTestsPath');
  if (!tests) throw new Error('code-web runs test suites only: --extensionTestsPath is missing.');
  const userData = one('user-data-dir');
  const log = LOG_FILE ? createWriteStream(LOG_FILE) : process.stdout;
  const server = await startServer(userData ? { userData } : {});
  try {
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      const finished = new Promise<number>((resolve, reject) => {
        // The workbench calls these with its log, which includes the suite's console, and the exit code.
        void page.exposeFunction('codeAutomationLog', (_kind: string, args: unknown[]) =>
          log.write(`${format(...args)}\n`),
        );
        void page.exposeFunction('codeAutomationExit', resolve);
        page.on('crash', () => reject(new Error('the page crashed')));
        void server.ended.then((reason) => reject(new Error(`VS Code's server ended: ${reason}`)));
        setTimeout(() => resolve(HUNG), SUITE_DEADLINE).unref();
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve(130));
      });
      await openWindow(page, server, { dev: all('extensionDevelopmentPath'), tests, ...(folder && { folder }) });
      const code = await finished;
      const screenshot = process.env['PODGRAPH_SUITE_SCREENSHOT'];
      if (screenshot && code !== 0) writeFileSync(screenshot, await page.screenshot());
      return code;
    } finally {
      await browser.close().catch(() => undefined); // it may have closed with the page
    }
  } finally {
    await server.stop();
  }
}

process.exit(await runSuite());
