import { ApiError } from '../errors';
import type { Volume } from '../model';
import { getContainer } from './containers';
import { route, type Route, type RouteContext, type RouteResponse } from './route';

const blockSize = 512;

/** The volume with a name, or at a path of a container. */
function volumeAt(context: RouteContext): Volume {
  const name = context.params['name'];
  const destination = context.query.get('path')?.replace(/\/\.$/, '');
  const mount =
    name === undefined ? getContainer(context).mounts.find((one) => one.destination === destination) : undefined;
  const volume = context.core.store.volumes.get(name ?? mount?.volume ?? '');
  if (!volume) throw new ApiError(404, 'no such file or directory');
  return volume;
}

function write(context: RouteContext): RouteResponse {
  if (!Buffer.isBuffer(context.body)) throw new ApiError(400, 'no archive');
  volumeAt(context).content = context.body;
  return { status: 200 };
}

/** The content of a volume as a tar; at first one with a file `name` that contains the volume's name. */
function read(context: RouteContext): RouteResponse {
  const volume = volumeAt(context);
  const tar = volume.content ?? tarOf('name', Buffer.from(`${volume.name}\n`));
  return {
    status: 200,
    contentType: 'application/x-tar',
    stream: (sink) => {
      sink.write(tar);
      sink.end();
    },
  };
}

function tarOf(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(blockSize);
  header.write(name, 0);
  header.write('0000644\0' + '0000000\0'.repeat(2), 100);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0${'0'.repeat(11)}\0`, 124);
  // The checksum counts its own field as spaces.
  header.write('        0', 148);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((blockSize - (content.length % blockSize)) % blockSize);
  return Buffer.concat([header, content, padding, Buffer.alloc(2 * blockSize)]);
}

export const archiveRoutes: Route[] = [
  route('GET', '/libpod/containers/{id}/archive', read),
  route('PUT', '/libpod/containers/{id}/archive', write),
  route('GET', '/libpod/volumes/{name}/export', read),
  route('POST', '/libpod/volumes/{name}/import', write),
];
