import { ApiError } from '../errors';
import { getContainer } from './containers';
import { route, type Route, type RouteContext, type RouteResponse } from './route';

const blockSize = 512;

/** The content of a mount as a tar with one file, `name`, that contains the volume's name. */
function read(context: RouteContext): RouteResponse {
  const destination = context.query.get('path');
  const mount = getContainer(context).mounts.find((one) => one.destination === destination);
  if (!mount) throw new ApiError(404, 'no such file or directory');
  const tar = tarOf('name', Buffer.from(`${mount.volume}\n`));
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

export const archiveRoutes: Route[] = [route('GET', '/libpod/containers/{id}/archive', read)];
