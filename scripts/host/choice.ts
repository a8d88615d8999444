/** The host of suites: VS Code's server in a browser, or a desktop VS Code. */
type HostKind = 'web' | 'desktop';

/**
 * The host given by `PODGRAPH_HOST`. Default: the web host on Linux x64, where npm has it, elsewhere the desktop that
 * @vscode/test-electron downloads. There is no fallback.
 */
export function selectedHost(): { readonly host: HostKind; readonly because: string } {
  const requested = process.env['PODGRAPH_HOST'];
  if (requested === 'web' || requested === 'desktop') return { host: requested, because: 'PODGRAPH_HOST' };
  if (requested) throw new Error(`PODGRAPH_HOST=${requested}: must be "web" or "desktop".`);
  const platform = `${process.platform} ${process.arch}`;
  return platform === 'linux x64'
    ? { host: 'web', because: `default on ${platform}` }
    : { host: 'desktop', because: `default on ${platform}` };
}
