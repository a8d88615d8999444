/** Whether systemd makes units from files of this name that run containers. */
export function isQuadlet(file: string): boolean {
  return /\.(container|pod|kube)$/.test(file);
}

/**
 * Whether a Quadlet file is the administrator's or the user's own, not one of a package: only such a path is deleted or
 * written. Without characters that a shell could read differently, and not a template, which other units are made from, too.
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
