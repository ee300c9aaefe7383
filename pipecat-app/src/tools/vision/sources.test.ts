import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { noAbort } from '../../experts/real-model.fixture.js';
import { temporaryFolder } from '../../temporary-folder.fixture.js';
import { cameraError } from './camera-error.js';
import { fetchPicture } from './fetch-picture.js';
import { frameOf, pixelsOf } from './frame.js';
import { hugePng, picture } from './pictures.fixture.js';
import { type Source, spokenSource, visionSource } from './source.js';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function serve(listener: RequestListener, userinfo = ''): Promise<Extract<Source, { kind: 'http' }>> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return visionSource(`http://${userinfo}127.0.0.1:${port}/snapshot.jpg?key=secret`) as Extract<
    Source,
    { kind: 'http' }
  >;
}
const frame = (source: Source): Promise<Buffer> => frameOf(source, noAbort());
const file = (path: string): Source => ({ kind: 'file', path });

describe('VISION_SOURCE', () => {
  test.each([
    ['v4l2:/dev/video0', { kind: 'camera', device: '/dev/video0' }],
    ['file:/srv/a b.png', { kind: 'file', path: '/srv/a b.png' }],
    ['file:///srv/a%20b.png', { kind: 'file', path: '/srv/a b.png' }],
  ])('%s', (setting, source) => {
    expect(visionSource(setting)).toEqual(source);
  });

  test.each([
    'v4l2:/etc/passwd',
    'v4l2:/dev/../etc/passwd',
    'file:picture.png',
    'ftp://host/a.jpg',
    'concat:a|b',
    '-f lavfi',
  ])('is refused with examples: %s', (setting) => {
    expect(() => visionSource(setting)).toThrow(
      expect.objectContaining({ code: 'TWIN_CONFIG', next: expect.stringContaining('v4l2:') }),
    );
  });

  test('keeps its password to itself', () => {
    const source = visionSource('https://eve:pa%3Ass@10.0.0.3/snap?token=t');
    expect(source).toMatchObject({ authorization: `Basic ${Buffer.from('eve:pa:ss').toString('base64')}` });
    expect(source && spokenSource(source)).toBe('the camera at 10.0.0.3');
    expect(source?.kind === 'http' && source.url.href).not.toMatch(/eve|pa/);
  });
});

describe('an address', () => {
  test('gives its picture, to who has the password', async () => {
    const bytes = readFileSync(picture(temporaryFolder(), 'a.png', '320x240', 'red'));
    const source = await serve((request, response) => {
      if (request.headers.authorization !== `Basic ${Buffer.from('eve:sesame').toString('base64')}`)
        return void response.writeHead(401).end();
      response.writeHead(200, { 'content-type': 'image/png' }).end(bytes);
    }, 'eve:sesame@');
    const [r = 0, g = 255, b = 255] = await pixelsOf(await frame(source), 1, 1, noAbort());
    expect(r > 230 && g < 20 && b < 20).toBe(true);
    await expect(frame({ ...source, authorization: undefined })).rejects.toMatchObject({
      code: 'TWIN_PICTURE_FETCH',
      message: expect.stringContaining('refuses me (401)'),
    });
  });

  test('that redirects is not followed', async () => {
    let followed = 0;
    const other = await serve((_, response) => {
      followed++;
      response.end();
    });
    const source = await serve((_, response) => void response.writeHead(302, { location: other.url.href }).end());
    await expect(frame(source)).rejects.toMatchObject({
      code: 'TWIN_PICTURE_FETCH',
      next: expect.stringContaining('where the picture is'),
    });
    expect(followed).toBe(0);
  });

  test('that sends without end, too much, nothing, or what is no picture is left with a reason', async () => {
    const endless = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary=x' });
      response.write('--x\r\n');
    });
    await expect(frame(endless)).rejects.toMatchObject({ next: expect.stringContaining('snapshot') });
    const large = await serve((_, response) => {
      const more = (): void => {
        if (!response.destroyed) response.write(Buffer.alloc(2 ** 20), more);
      };
      more();
    });
    await expect(frame(large)).rejects.toMatchObject({ code: 'TWIN_PICTURE_LARGE' });
    const silent = await serve(() => undefined);
    await expect(fetchPicture(silent, noAbort(), 100)).rejects.toMatchObject({
      code: 'TWIN_PICTURE_FETCH',
      message: expect.stringContaining('not answer in time'),
    });
    const page = await serve((_, response) => void response.end('<html>Sign in</html>'));
    await expect(frame(page)).rejects.toMatchObject({
      code: 'TWIN_PICTURE',
      message: expect.stringContaining('no picture'),
    });
    const gone = await serve((_, response) => void response.writeHead(404).end());
    await expect(frame(gone)).rejects.toMatchObject({ message: expect.stringContaining('answers 404') });
    await expect(frame({ ...gone, url: new URL('http://127.0.0.1:9/') })).rejects.toMatchObject({
      message: expect.stringContaining('cannot be reached'),
    });
  });

  test('is left when nobody waits any more', async () => {
    const stop = new AbortController();
    const silent = await serve(() => stop.abort(new DOMException('over', 'AbortError')));
    await expect(frameOf(silent, stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('a file', () => {
  test('that says it has too many pixels is not unpacked', async () => {
    const path = join(temporaryFolder(), 'bomb.png');
    writeFileSync(path, hugePng(60_000, 60_000));
    await expect(frame(file(path))).rejects.toMatchObject({ code: expect.stringMatching(/^TWIN_PICTURE/) });
    // One that is real, and larger than the limit.
    const large = picture(temporaryFolder(), 'large.png', '9000x6000');
    await expect(frame(file(large))).rejects.toMatchObject({ code: 'TWIN_PICTURE_LARGE' });
  });

  test('that is a playlist opens nothing that it names', async () => {
    let asked = 0;
    const target = await serve((_, response) => {
      asked++;
      response.end();
    });
    const dir = temporaryFolder();
    const secret = picture(dir, 'secret.png');
    const lists = {
      'a.m3u8': `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${target.url.href}\n`,
      'b.m3u8': `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://${secret}\n`,
      'c.txt': `ffconcat version 1.0\nfile '${secret}'\n`,
    };
    for (const [name, text] of Object.entries(lists)) {
      writeFileSync(join(dir, name), text);
      await expect(frame(file(join(dir, name))), name).rejects.toMatchObject({ code: 'TWIN_PICTURE' });
    }
    expect(asked).toBe(0);
  });

  test('that is missing, a folder or a pipe is named', async () => {
    const dir = temporaryFolder();
    await expect(frame(file(join(dir, 'a.png')))).rejects.toMatchObject({
      message: expect.stringContaining('is not there'),
    });
    await expect(frame(file(dir))).rejects.toMatchObject({ message: expect.stringContaining('is no file') });
    execFileSync('mkfifo', [join(dir, 'pipe')]);
    await expect(frame(file(join(dir, 'pipe')))).rejects.toMatchObject({
      message: expect.stringContaining('is no file'),
    });
  });
});

test.each([
  ['/dev/video0: Permission denied', 'TWIN_CAMERA_DENIED', /group video/],
  ['ioctl(VIDIOC_STREAMON): Device or resource busy', 'TWIN_CAMERA_BUSY', /Close that program/],
  ['/dev/video0: No such device', 'TWIN_CAMERA_MISSING', /ls \/dev\/video/],
  ['ioctl(VIDIOC_G_INPUT): Inappropriate ioctl for device', 'TWIN_CAMERA_MISSING', /two devices/],
  ['Not a video capture device.', 'TWIN_CAMERA_MISSING', /two devices/],
  ['something else', 'TWIN_CAMERA', /ffmpeg -f v4l2 -i \/dev\/video0/],
])('what ffmpeg says about a camera, "%s", has a next step', (stderr, code, next) => {
  expect(cameraError('/dev/video0', stderr)).toMatchObject({ code, next: expect.stringMatching(next) });
});
