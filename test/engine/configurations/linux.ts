import type { Files } from '../fakeHostEnvironment';

/**
 * Written by `podman system connection add` on Linux; format: podman-system-connection(1) and the types
 * `ConnectionsFile` and `Destination` of containers/common.
 */
const connections = `{
  "Connection": {
    "Default": "staging",
    "Connections": {
      "build": { "URI": "ssh://ci@build.example.com:2222/run/user/1001/podman/podman.sock", "Identity": "/home/ada/.ssh/build" },
      "staging": { "URI": "ssh://ada@staging.example.com/run/podman/podman.sock" }
    }
  },
  "Farm": { "Default": "farm", "List": { "farm": ["build", "staging"] } }
}
`;

/** Format: containers.conf(5), tables ENGINE and SERVICE DESTINATION. */
const conf = `# The administrator's own
[containers]
pids_limit = 0
default_ulimits = [
  "nofile=1024:2048",
]

[engine]
active_service = "production"
helper_binaries_dir = ["/usr/libexec/podman"]

[engine.service_destinations]
  [engine.service_destinations.production]
  uri = "ssh://root@production.example.com:22/run/podman/podman.sock"
  identity = "/etc/keys/production"

  [engine.service_destinations."by tls"]
  uri = 'tcp://tls.example.com:8888'
  tls_ca = "/etc/pki/ca.pem"
  tls_cert = "/etc/pki/cert.pem"
  tls_key = "/etc/pki/key.pem"
`;

/**
 * containers.conf(5): files in `containers.conf.d` are read in order of their names, after the file next to the folder.
 */
const dropIn = `[engine.service_destinations.production]
uri = "ssh://root@new.example.com/run/podman/podman.sock"
`;

/**
 * Docker's contexts, stored in `~/.docker/contexts/meta/<SHA-256 of the name>/meta.json`, with TLS files in `tls`:
 * https://docs.docker.com/engine/manage-resources/contexts/
 */
const tlsContext = `{"Name":"cluster","Metadata":{"Description":"over TLS"},"Endpoints":{"docker":{"Host":"tcp://cluster.example.com:2376","SkipTLSVerify":false}}}`;
const sshContext = `{"Name":"lab","Metadata":{},"Endpoints":{"docker":{"Host":"ssh://ada@lab.example.com","SkipTLSVerify":false}}}`;

/** SHA-256 of `cluster`, of `lab`. */
export const digests = {
  cluster: '164cf1ca8391532e4f239c556c0c19589ae8877cb25ecfaf0b310c6c3713ba1f',
  lab: 'a51146d38077ff992eba84cf1d5e9b249073503eb74868699016153b031a38f7',
};

export const linux: Files = {
  '/home/ada/.config/containers/podman-connections.json': connections,
  '/etc/containers/containers.conf': conf,
  '/etc/containers/containers.conf.d/50-move.conf': dropIn,
  [`/home/ada/.docker/contexts/meta/${digests.cluster}/meta.json`]: tlsContext,
  [`/home/ada/.docker/contexts/meta/${digests.lab}/meta.json`]: sshContext,
  [`/home/ada/.docker/contexts/tls/${digests.cluster}/docker/ca.pem`]: '',
  [`/home/ada/.docker/contexts/tls/${digests.cluster}/docker/cert.pem`]: '',
  [`/home/ada/.docker/contexts/tls/${digests.cluster}/docker/key.pem`]: '',
  // https://docs.docker.com/reference/cli/docker/#docker-cli-configuration-file-configjson-properties
  '/home/ada/.docker/config.json': `{"auths":{"registry.example.com":{"auth":"c2VjcmV0"}},"currentContext":"lab"}`,
};
