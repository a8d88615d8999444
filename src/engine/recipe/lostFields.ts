import { asObject, asString, asStrings, type JsonObject } from '../../graph/model/untrusted';
import type { CreateOptions } from './createCommand';

/**
 * Fields that libpod's inspect response lacks, as far as this container can have them. With the command line that
 * created the container nothing of it is lost.
 */
export function lostLibpodFields(inspect: JsonObject, command: CreateOptions): readonly string[] {
  const config = asObject(inspect['Config']);
  const host = asObject(inspect['HostConfig']);
  const isFromCommand = asStrings(config['CreateCommand']).length > 0;
  const secrets = asStrings(config['Env']).filter((text) => text.endsWith('=*******'));
  return [
    ...(!isFromCommand && host['ReadonlyRootfs'] === true ? ['read_write_tmpfs'] : []),
    ...secrets.filter((text) => !command.secrets.has(text.slice(0, text.indexOf('=')))).map(() => 'secret_env'),
    ...(asString(inspect['KubeExitCodePropagation']) === 'none' ? [] : []),
  ];
}
