/** Whether systemd makes units from files of this name that run containers. */
export function isQuadlet(file: string): boolean {
  return /\.(container|pod|kube)$/.test(file);
}

/**
 * Whether a Quadlet file belongs to the administrator or the user, not to a package: only such files are deleted or written.
 * False for templates, from which other units are made, and for paths with characters that a shell could interpret.
 */
export function isOwnQuadlet(file: string): boolean {
  const isNormal = /^(\/[A-Za-z0-9:_.@-]+)+$/.test(file) && !/\/\.\.?(\/|$)/.test(file);
  return (
    isNormal &&
    isQuadlet(file) &&
    !file.includes('@.') &&
    /^\/etc\/containers\/systemd\/|\/\.config\/containers\/systemd\//.test(file)
  );
}
