import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { llmThat } from '../../experts/broken-llm.fixture.js';
import { Catalogue } from '../../experts/catalogue.js';
import { monotonicClock } from '../../experts/clock.js';
import { Dialects } from '../../experts/dialects/dialects.js';
import { type Mimic, mimic } from '../../experts/dialects/mimic-server.fixture.js';
import { DIALECTS, type DialectName } from '../../experts/endpoint.js';
import { ExpertLlm } from '../../experts/expert-llm.js';
import { externalExperts } from '../../experts/external.js';
import { noAbort } from '../../experts/real-model.fixture.js';
import { temporaryFolder } from '../../temporary-folder.fixture.js';
import { approvalStage } from '../approval/approvals.fixture.js';
import { controlsOf } from '../controls.fixture.js';
import { ToolRegistry } from '../registry.js';
import { expertDescriber } from './describe.js';
import { pixelsOf } from './frame.js';
import { localDescriber } from './local.js';
import { picture } from './pictures.fixture.js';
import { visionSource } from './source.js';
import { visionTool } from './vision.js';

const closing: (() => Promise<void>)[] = [];
let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** The way to experts outside, of which one blind and one that sees. */
async function experts(dialect: DialectName, answer: string): Promise<{ llm: ExpertLlm; seeing: Mimic; blind: Mimic }> {
  const say = async function* () {
    yield { text: answer };
  };
  const [blind, seeing] = [await mimic(dialect, say), await mimic(dialect, say)];
  const entry = (name: string, { endpoint }: Mimic, vision: boolean) => ({
    name,
    dialect,
    url: endpoint.baseUrl,
    vision,
  });
  const list = JSON.stringify([entry('main', blind, false), entry('eyes', seeing, true)]);
  const external = externalExperts({ EXPERTS: list, OLLAMA_MODEL: '' }, {});
  const catalogue = new Catalogue({ external, alive: async () => {}, clock: monotonicClock });
  const small = llmThat(async function* () {
    yield 'I am blind.';
  });
  const llm = new ExpertLlm({
    catalogue,
    dialects: new Dialects(),
    base: { llm: small, embedded: true },
    classify: () => [],
    clock: monotonicClock,
    wakePatienceMs: 1000,
  });
  closing.push(
    blind.close,
    seeing.close,
    () => catalogue.close(),
    () => llm.close(),
  );
  return { llm, seeing, blind };
}
const nobody = { who: () => undefined, describe: async () => '' };
const allowed = { decide: async () => ({ allowed: true as const }) };
const registryOf = (VISION_SOURCE: string, expert = nobody as ReturnType<typeof expertDescriber>, path?: string) =>
  new ToolRegistry(
    [
      visionTool({
        source: visionSource(VISION_SOURCE),
        expert,
        local: localDescriber(path),
        ...(path !== undefined && { path }),
      }),
    ],
    { consent: allowed },
  );
const look = (registry: ToolRegistry, args = {}) => registry.call('vision.describe', args, controlsOf('a'), noAbort());

/** The picture in a request, in the way of each dialect. */
function shown(dialect: DialectName, { asked }: Mimic): Buffer {
  type Part = { type: string; image_url?: { url: string }; source?: { media_type: string; data: string } };
  const last = (asked[0]?.body.messages as { content: Part[] | string; images?: string[] }[] | undefined)?.at(-1);
  const parts = Array.isArray(last?.content) ? last.content : [];
  if (dialect === 'ollama') return Buffer.from(last?.images?.[0] ?? '', 'base64');
  if (dialect === 'anthropic') {
    const its = parts.find(({ type }) => type === 'image')?.source;
    expect(its?.media_type).toBe('image/jpeg');
    return Buffer.from(its?.data ?? '', 'base64');
  }
  const url = parts.find(({ type }) => type === 'image_url')?.image_url?.url ?? '';
  expect(url).toMatch(/^data:image\/jpeg;base64,/);
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}

describe('an expert that sees', () => {
  test.each(DIALECTS)('is shown the very picture, by %s; a blind one is not asked', async (dialect) => {
    const { llm, seeing, blind } = await experts(dialect, 'I see a blue wall.');
    const file = picture(folder, 'wall.png', '1600x400');
    const result = await look(registryOf(`file:${file}`, expertDescriber(llm)), { question: 'What colour is it?' });
    expect(result).toEqual({ ok: true, output: 'I see a blue wall.' });
    expect(blind.asked).toHaveLength(0);
    const jpeg = shown(dialect, seeing);
    // Start of frame: height and width.
    const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
    expect([jpeg.readUInt16BE(frame + 5), jpeg.readUInt16BE(frame + 7)]).toEqual([256, 1024]);
    const [r = 0, g = 0, b = 0] = await pixelsOf(jpeg, 1, 1, noAbort());
    expect(r < 20 && g < 20 && b > 230).toBe(true);
    expect(JSON.stringify(seeing.asked[0]?.body)).toContain('What colour is it?');
  });

  test('is not asked what nobody showed it: when it dies, no blind one answers for it', async () => {
    const { llm, seeing, blind } = await experts('openai', 'x');
    seeing.status.code = 500;
    const result = await look(registryOf(`file:${picture(folder, 'a.jpg')}`, expertDescriber(llm)));
    expect(result).toMatchObject({ ok: false, error: 'TWIN_LLM_UNAVAILABLE' });
    expect(blind.asked).toHaveLength(0);
  });

  test('that says nothing is no answer', async () => {
    const { llm } = await experts('openai', ' ');
    const result = await look(registryOf(`file:${picture(folder, 'a.jpg')}`, expertDescriber(llm)));
    expect(result).toMatchObject({ ok: false, error: 'TWIN_PICTURE_UNSEEN' });
  });

  test('a person is asked first, and told that the picture may leave the house', async () => {
    const { llm, seeing } = await experts('openai', 'I see a wall.');
    const stage = approvalStage();
    const tool = visionTool({
      source: visionSource(`file:${picture(folder, 'a.jpg')}`),
      expert: expertDescriber(llm),
      local: localDescriber(),
    });
    const registry = new ToolRegistry([tool], { consent: stage.approvals });
    const { error, output } = (await look(registry)) as { error: string; output: string };
    expect(error).toBe('TWIN_ASKING');
    expect(output).toContain(`may leave this cluster to ${new URL(seeing.endpoint.baseUrl).host}`);
    expect(seeing.asked).toHaveLength(0);
  });
});

describe('without an expert that sees', () => {
  test.each([
    ['blue.jpg', 'blue', /well lit|dim/],
    ['white.png', 'white', /very bright/],
    ['red.y4m', 'red', /dim|well lit/],
    ['green.bmp', 'green', /dim|well lit/],
    ['video.mkv', 'orange', /well lit/],
  ])('what %s is like is told, and that this is all', async (name, colour, light) => {
    const { ok, output } = await look(registryOf(`file:${picture(folder, name, '320x240', colour)}`));
    expect([ok, output]).toEqual([true, expect.stringMatching(new RegExp(`mostly ${colour}\\..*No expert`))]);
    expect(output).toMatch(light);
  });

  test('a change since the last look is told', async () => {
    const file = picture(folder, 'a.png', '320x240', 'gray');
    const registry = registryOf(`file:${file}`);
    expect((await look(registry)).output).not.toMatch(/changed/);
    expect((await look(registry)).output).toContain('Nothing has changed');
    picture(folder, 'b.mkv', '320x240', 'gray');
    const half = readFileSync(picture(folder, 'c.png', '320x240', 'white'));
    writeFileSync(file, half);
    // The light alone is no change.
    expect((await look(registry)).output).toContain('Nothing has changed');
  });

  test('a dark picture is said to be dark', async () => {
    const { output } = await look(registryOf(`file:${picture(folder, 'a.png', '64x64', 'black')}`));
    expect(output).toContain('The picture is dark: the camera may be covered, or the light off.');
  });
});

describe('a camera', () => {
  test('that is not there, or is none, is told of with the next step', async () => {
    expect(await look(registryOf('v4l2:/dev/video97'))).toEqual({
      ok: false,
      error: 'TWIN_CAMERA_MISSING',
      output: expect.stringContaining('There is no camera at /dev/video97. Connect it'),
    });
    expect((await look(registryOf('v4l2:/dev/null'))).output).toMatch(/^\/dev\/null is no camera .*VISION_SOURCE\.$/);
  });

  test('is read by v4l2, and its first pictures are let go by', async () => {
    // In place of a camera: what ffmpeg is told, and a picture as it would give one.
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    const file = picture(folder, 'a.jpg');
    writeFileSync(
      join(bin, 'ffmpeg'),
      `#!/bin/sh\necho "$@" >>${bin}/told\ncase "$*" in *v4l2*) exec /bin/cat ${file};; esac\nexec /usr/bin/ffmpeg "$@"\n`,
      { mode: 0o755 },
    );
    const { ok } = await look(registryOf('v4l2:/dev/video0', nobody, bin));
    const [told = ''] = readFileSync(join(bin, 'told'), 'utf8').split('\n');
    expect(ok).toBe(true);
    expect(told).toMatch(/-f v4l2 -i \/dev\/video0 .*select=gte\(n\\,6\),scale=/);
  });
});

test('without a source, or without ffmpeg, it is unavailable and says what to do', async () => {
  const without = await look(registryOf(''));
  expect(without).toMatchObject({ error: 'TWIN_TOOL_UNAVAILABLE', output: expect.stringContaining('VISION_SOURCE') });
  const bare = registryOf('v4l2:/dev/video0', nobody, folder);
  expect((await look(bare)).output).toContain('`apt install ffmpeg`');
});
