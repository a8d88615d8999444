/** Where suites run: VS Code's own server in a browser, or a desktop VS Code. */
export type HostKind = 'web' | 'desktop';

/**
 * The host that `PODGRAPH_HOST` asks for. Without it: the web host where it can be had from npm (Linux on x64), elsewhere the
 * desktop that @vscode/test-electron downloads. The caller prints which; there is no falling back from one to the other.
 */
export function selectedHost(): { readonly host: HostKind; readonly because: string } {
  const asked = process.env['PODGRAPH_HOST'];
  if (asked === 'web' || asked === 'desktop') return { host: asked, because: 'PODGRAPH_HOST' };
  if (asked) throw new Error(`PODGRAPH_HOST=${asked}: it can be "web" or "desktop".`);
  const here = `${process.platform} ${process.arch}`;
  return here === 'linux x64'
    ? { host: 'web', because: `default on ${here}` }
    : { host: 'desktop', because: `default on ${here}` };
}
