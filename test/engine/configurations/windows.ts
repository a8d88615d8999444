import type { Files } from '../fakeHostEnvironment';

/** Path of a key file. */
const fingerprint = String.raw`C:\Users\ada\.local\share\containers\podman\machine\machine`;
const machineAt = (uri: string) => ({ URI: uri, Identity: fingerprint, IsMachine: true });

/**
 * Written by `podman machine init` on Windows in APPDATA, with the byte order mark of an editor. Format:
 * podman-system-connection(1); pipe names: docs/tutorials/podman-for-windows.md of Podman.
 */
const connections = `\uFEFF${JSON.stringify({
  Connection: {
    Default: 'podman-machine-default-root',
    Connections: {
      'podman-machine-default': machineAt('ssh://user@127.0.0.1:57261/run/user/1000/podman/podman.sock'),
      'podman-machine-default-root': machineAt('ssh://root@127.0.0.1:57261/run/podman/podman.sock'),
    },
  },
})}`;

/**
 * Docker Desktop's context, with its named pipe:
 * https://docs.docker.com/desktop/troubleshoot-and-support/faqs/windowsfaqs/
 */
const desktop = JSON.stringify({
  Name: 'desktop-linux',
  Metadata: { Description: 'Docker Desktop' },
  Endpoints: { docker: { Host: 'npipe:////./pipe/dockerDesktopLinuxEngine', SkipTLSVerify: false } },
});

/** Format: containers.conf(5); with CRLF. */
const conf = [
  '[engine]',
  'active_service = "nas" # not "other"',
  '[engine.service_destinations.nas]',
  'uri = "ssh://ada@nas.local/run/podman/podman.sock"',
  '',
].join('\r\n');

export const windows: Files = {
  [String.raw`C:\Users\ada\AppData\Roaming\containers\podman-connections.json`]: connections,
  [String.raw`C:\Users\ada\AppData\Roaming\containers\containers.conf`]: conf,
  [String.raw`C:\Users\ada\.docker\contexts\meta\fe9c6bd7a66301f49ca9b6a70b217107cd1284598bfc254700c989b916da791e\meta.json`]:
    desktop,
};

export const windowsPipes = [
  'docker_engine',
  'dockerDesktopLinuxEngine',
  'podman-machine-default',
  'podman-work',
  'other',
];
