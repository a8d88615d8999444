import { asObject, asStrings, type JsonObject } from '../../graph/model/untrusted';

/**
 * The configuration without values that come from its image, so that a newer image's apply.
 *
 * @param image the configuration of the image that the container was created from
 */
export function withoutImageDefaults(config: JsonObject, image: JsonObject): JsonObject {
  const own = new Set(asStrings(image['Env']));
  const labels = asObject(image['Labels']);
  const volumes = asObject(image['Volumes']);
  const ports = asObject(image['ExposedPorts']);
  const isSame = (field: string) => JSON.stringify(config[field] ?? null) === JSON.stringify(image[field] ?? null);
  const same = ['Cmd', 'Entrypoint', 'User', 'WorkingDir', 'Healthcheck', 'StopSignal', 'Shell'].filter(isSame);
  return {
    ...config,
    ...Object.fromEntries(same.map((field) => [field, undefined])),
    Env: asStrings(config['Env']).filter((variable) => !own.has(variable)),
    Labels: without(config['Labels'], (name, value) => labels[name] === value),
    Volumes: without(config['Volumes'], (name) => name in volumes),
    ExposedPorts: without(config['ExposedPorts'], (name) => name in ports),
  };
}

function without(value: unknown, isDefault: (name: string, value: unknown) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(asObject(value)).filter(([name, item]) => !isDefault(name, item)));
}
