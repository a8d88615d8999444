import type { Files } from '../fakeHostEnvironment';

/**
 * Written by `podman machine init` of Podman 5 on macOS: two connections to one machine, for the user and root. Format:
 * podman-machine-init(1) and podman-system-connection(1).
 */
const connections = `{"Connection":{"Default":"podman-machine-default","Connections":{"podman-machine-default":{"URI":"ssh://core@127.0.0.1:53685/run/user/501/podman/podman.sock","Identity":"/Users/ada/.local/share/containers/podman/machine/machine","IsMachine":true},"podman-machine-default-root":{"URI":"ssh://root@127.0.0.1:53685/run/podman/podman.sock","Identity":"/Users/ada/.local/share/containers/podman/machine/machine","IsMachine":true}}},"Farm":{}}`;

/**
 * Docker Desktop's context on macOS, with the socket in ~/.docker/run:
 * https://docs.docker.com/desktop/troubleshoot-and-support/faqs/macfaqs/
 */
const desktop = `{"Name":"desktop-linux","Metadata":{"Description":"Docker Desktop","otel":{}},"Endpoints":{"docker":{"Host":"unix:///Users/ada/.docker/run/docker.sock","SkipTLSVerify":false}}}`;

export const macos: Files = {
  '/Users/ada/.config/containers/podman-connections.json': connections,
  '/Users/ada/.docker/contexts/meta/fe9c6bd7a66301f49ca9b6a70b217107cd1284598bfc254700c989b916da791e/meta.json':
    desktop,
  '/Users/ada/.docker/config.json': `{"auths":{},"credsStore":"desktop","currentContext":"desktop-linux"}`,
};

export const macosSockets = [
  '/var/folders/x/T/podman/podman-machine-default-api.sock',
  '/var/folders/x/T/podman/work-api.sock',
  '/Users/ada/.docker/run/docker.sock',
  '/var/run/docker.sock -> /Users/ada/.docker/run/docker.sock',
];
