import type { Page } from 'playwright-core';

/** A frame of an animation: a PNG and its duration in milliseconds. */
export interface Frame {
  readonly png: Buffer;
  readonly durationMs: number;
}

function chunk(name: string, ...payload: readonly Buffer[]): Buffer {
  const data = Buffer.concat(payload);
  const head = Buffer.alloc(8);
  head.write(name, 'ascii');
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
}

const bytes = (value: number, length: number) => {
  const buffer = Buffer.alloc(length);
  buffer.writeUIntLE(value, 0, length);
  return buffer;
};

/** Returns the image chunk of a still WebP, including its header. */
function imageChunk(webp: Buffer): Buffer {
  for (let at = 12; at + 8 <= webp.length;) {
    const length = webp.readUInt32LE(at + 4);
    const end = at + 8 + length + (length % 2);
    if (webp.toString('ascii', at, at + 3) === 'VP8' && webp[at + 3] !== 'X'.charCodeAt(0))
      return webp.subarray(at, end);
    at = end;
  }
  throw new Error('The browser did not write a WebP.');
}

/**
 * Encodes a PNG as WebP in a browser page.
 * @param width in pixels; by default that of the PNG
 */
export async function encodeStill(page: Page, png: Buffer, quality: number, width = 0): Promise<Buffer> {
  const url = await page.evaluate<string>(`(async () => {
    const image = await createImageBitmap(await (await fetch('data:image/png;base64,${png.toString('base64')}')).blob());
    const scale = ${width} > 0 ? ${width} / image.width : 1;
    const [width, height] = [image.width * scale, image.height * scale].map(Math.round);
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    const context = canvas.getContext('2d', { alpha: false });
    context.imageSmoothingQuality = 'high';
    context.drawImage(image, 0, 0, width, height);
    return canvas.toDataURL('image/webp', ${quality});
  })()`);
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}

/**
 * Encodes an animated WebP that loops. Format: RIFF with VP8X, ANIM and an ANMF per frame
 * (developers.google.com/speed/webp/docs/riff_container).
 */
export async function encodeWebp(page: Page, frames: readonly Frame[], quality: number): Promise<Buffer> {
  const [first] = frames;
  if (!first) throw new Error('An animation needs a frame.');
  // A PNG's first chunk has its size.
  const [width, height] = [first.png.readUInt32BE(16), first.png.readUInt32BE(20)];
  const size = Buffer.concat([bytes(width - 1, 3), bytes(height - 1, 3)]);
  const isAnimated = 0x02;
  const frameChunks: Buffer[] = [];
  for (const { png, durationMs } of frames) {
    const image = imageChunk(await encodeStill(page, png, quality));
    const offset = Buffer.alloc(6);
    frameChunks.push(chunk('ANMF', offset, size, bytes(Math.round(durationMs), 3), bytes(0, 1), image));
  }
  const body = [
    chunk('VP8X', bytes(isAnimated, 4), size),
    chunk('ANIM', bytes(0xff1f1f1f, 4), bytes(0, 2)),
    ...frameChunks,
  ];
  return chunk('RIFF', Buffer.from('WEBP', 'ascii'), ...body);
}
