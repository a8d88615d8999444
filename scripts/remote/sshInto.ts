import { readdirSync, readlinkSync } from 'node:fs';
import type { SystemdManager } from '../engines/systemd';
import { SshTestbed } from './sshWorld';

/** A testbed whose host `box` is the machine of this systemd: its sessions enter the namespaces. */
export async function sshInto(systemd: SystemdManager): Promise<SshTestbed> {
  const namespaces = ['mnt', 'pid'];
  const { stdout } = await systemd.run(['readlink', ...namespaces.map((name) => `/proc/1/ns/${name}`)]);
  const isInside = (pid: string) => {
    try {
      return namespaces.map((name) => readlinkSync(`/proc/${pid}/ns/${name}`)).join('\n') === stdout.trim();
    } catch {
      return false; // it has exited
    }
  };
  const inside = readdirSync('/proc').find((pid) => /^\d+$/.test(pid) && isInside(pid));
  if (inside === undefined) throw new Error('no process in the namespaces of systemd');
  const testbed = await SshTestbed.create();
  const enter = `nsenter -t ${inside} -m -n -p -u -i -C -- /bin/sh -c "$SSH_ORIGINAL_COMMAND"`;
  await testbed.host('box', { config: [`ForceCommand ${enter}`] });
  return testbed;
}
