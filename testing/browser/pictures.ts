import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchChromium } from './chromium.js';
import { converse, EXCHANGES, speak } from './conversation.js';
import { openReal, startRealAgent } from './real-agent.js';
import { request, ScriptedApprovals } from './scripted-approvals.js';
import { ScriptedCluster } from './scripted-cluster.js';
import { ScriptedMemory } from './scripted-memory.js';
import { ScriptedNodes } from './scripted-nodes.js';
import { ScriptedPower } from './scripted-power.js';
import { ScriptedServer } from './scripted-server.js';

/**
 * Takes the pictures of the page for `docs/pictures/`: `node testing/dist/browser/pictures.js [URL] [FOLDER]`. With a
 * URL it asks the agent there, signed in with `TWIN_KEY`; without, a scripted conversation is shown. Tools and prompts are
 * those of an agent of its own.
 */
const [url, folder = fileURLToPath(new URL('../../../docs/pictures/', import.meta.url))] = process.argv.slice(2);

const WIDE = { width: 1200, height: 760 };
const LOOKS: Record<string, BrowserContextOptions> = {
  light: { viewport: WIDE, colorScheme: 'light' },
  dark: { viewport: WIDE, colorScheme: 'dark' },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: 'light', deviceScaleFactor: 2, hasTouch: true },
};
const TALL: BrowserContextOptions = { viewport: { width: 1200, height: 860 } };
const TALLER: BrowserContextOptions = { viewport: { width: 1200, height: 1040 } };
const DARK: BrowserContextOptions = { colorScheme: 'dark' };
type Shoot = (browser: Browser, options: BrowserContextOptions, name: string) => Promise<void>;
/** Each page, and how it is shown in each look. */
const SHOTS: Record<string, [Shoot, Record<string, BrowserContextOptions>]> = {
  talk: [
    url ? (from, options, name) => withAgent(from, url, options, name) : withScript,
    { light: {}, dark: {}, phone: {} },
  ],
  cluster: [clusterPage, { light: TALL, dark: TALL, phone: {} }],
  nodes: [
    followedPage('nodes', 'worker3', (server) => new ScriptedNodes(server)),
    { light: TALL, dark: TALL, phone: {} },
  ],
  power: [
    followedPage('power', 'coding', (server) => new ScriptedPower(server)),
    { light: TALL, dark: TALL, phone: {} },
  ],
  memory: [memoryPage, { light: {}, phone: DARK }],
  approvals: [approvalsPage, { light: {}, phone: DARK }],
  tools: [toolsPage, { light: TALL, dark: TALL, phone: {} }],
  prompts: [promptsPage, { light: TALLER, dark: TALLER, phone: {} }],
};
const QUESTIONS = [
  'what time is it',
  'set a pasta timer for eight minutes',
  'what is the capital of France?',
  'delete all timers',
];

await mkdir(folder, { recursive: true });
const browser = await launchChromium();
// Its paths are on the pictures.
const agent = await startRealAgent({ TWIN_INVENTORY: '/etc/twin/inventory.yaml' });
try {
  for (const [page, [take, looks]] of Object.entries(SHOTS))
    for (const [look, more] of Object.entries(looks))
      await take(browser, { ...LOOKS[look], ...more }, `${page}-${look}`);
} finally {
  await agent.stop();
  await browser.close();
}

/** Tools with a method open, and on a phone what is missing. */
async function toolsPage(from: Browser, options: BrowserContextOptions, name: string): Promise<void> {
  const { page } = await openReal(from, agent, { ...options, path: '/#/tools' });
  if (options.hasTouch) await page.getByLabel('Show').selectOption('missing');
  else {
    await page.getByLabel('Search names').fill('timer.set');
    await page.getByText('methods of timer').click();
    await page.getByRole('form', { name: 'Policy for timer.set' }).waitFor();
  }
  await shoot(page, name);
}

/** The persona with a change that is not saved, and its answer. */
async function promptsPage(from: Browser, options: BrowserContextOptions, name: string): Promise<void> {
  agent.answers(async function* () {
    yield { text: 'Ahoy! I am Twin, and I sail with you through the day.' };
  });
  const { page } = await openReal(from, agent, { ...options, path: '/#/prompts' });
  const text = page.getByLabel('Text', { exact: true });
  await text.fill(
    (await text.inputValue()).replace('a friendly voice assistant', 'a voice assistant who talks like a sailor'),
  );
  await page.getByLabel('A question').fill('Who are you?');
  await page.keyboard.press('Enter');
  await page.getByText('Done in').waitFor();
  if (options.hasTouch) await page.locator('.prompt-answer').scrollIntoViewIfNeeded();
  await shoot(page, name);
}

/** The page *Memory* with a few scripted facts. */
async function memoryPage(from: Browser, options: BrowserContextOptions, name: string): Promise<void> {
  const server = await ScriptedServer.start();
  try {
    new ScriptedMemory(server);
    const page = await (await from.newContext(options)).newPage();
    await page.goto(`${server.url}/#/memory`);
    await page.getByRole('heading', { level: 2 }).first().waitFor();
    await shoot(page, name);
  } finally {
    await server.close();
  }
}

/** The question for consent over the page *Approvals*. */
async function approvalsPage(from: Browser, options: BrowserContextOptions, name: string): Promise<void> {
  const server = await ScriptedServer.start();
  try {
    const approvals = new ScriptedApprovals(server);
    const effect = 'Runs "df -h" on the machine attic.';
    approvals.requests = [request('a', { tool: 'ssh.run', effect, args: '{"host":"attic","command":"df -h"}' })];
    const page = await (await from.newContext(options)).newPage();
    await page.goto(`${server.url}/#/approvals`);
    await page.getByRole('dialog').waitFor();
    await shoot(page, name);
  } finally {
    await server.close();
  }
}

/** The page *Cluster* of a scripted cluster. */
async function clusterPage(from: Browser, options: BrowserContextOptions, name: string): Promise<void> {
  const server = await ScriptedServer.start();
  const cluster = new ScriptedCluster(server);
  try {
    const page = await (await from.newContext(options)).newPage();
    await page.goto(`${server.url}/#/cluster`);
    await page.getByRole('heading', { name: 'coding', exact: true }).waitFor();
    await shoot(page, name);
  } finally {
    cluster.close();
    await server.close();
  }
}

/** The page *Power* of a scripted cluster. */
/** A page that follows what happens, once the tile of that name is there. */
function followedPage(path: string, tile: string, script: (server: ScriptedServer) => { close(): void }): Shoot {
  return async (from, options, name) => {
    const server = await ScriptedServer.start();
    const scripted = script(server);
    try {
      const page = await (await from.newContext({ ...options, timezoneId: 'Etc/UTC' })).newPage();
      await page.goto(`${server.url}/#/${path}`);
      await page.getByRole('heading', { name: tile, exact: true }).waitFor();
      await shoot(page, name);
    } finally {
      scripted.close();
      await server.close();
    }
  };
}

async function withAgent(from: Browser, address: string, options: BrowserContextOptions, name: string): Promise<void> {
  const page = await (await from.newContext(options)).newPage();
  const key = process.env.TWIN_KEY;
  if (key) await page.request.post(new URL('/api/session', address).href, { data: { key } });
  await page.goto(address);
  for (const [i, question] of QUESTIONS.entries()) {
    await page.getByLabel('Message to Twin').fill(question);
    await page.keyboard.press('Enter');
    await page.locator('.timing-row').nth(i).waitFor();
  }
  await page.locator('.timing-row summary').last().click();
  await page
    .locator('.timing-row')
    .last()
    .evaluate((row) => row.scrollIntoView({ block: 'end' }));
  await shoot(page, name);
}

async function withScript(from: Browser, options: BrowserContextOptions, name: string): Promise<void> {
  const server = await ScriptedServer.start();
  try {
    const context = await from.newContext(options);
    await context.grantPermissions(['microphone'], { origin: server.url });
    const page = await context.newPage();
    await page.goto(server.url);
    const session = await server.session();
    converse(session, EXCHANGES);
    await page.locator('.timing-row summary').last().click();
    await page.locator('.mic-button').click();
    await session.message('mic');
    session.send('transcript.final', { turn: 9, text: 'and how long is the day' });
    speak(session, 9, ['Today is eight hours and fifty minutes long,', 'three minutes shorter than yesterday.']);
    await session.until(() => session.position(9) > 12_000);
    await shoot(page, name);
  } finally {
    await server.close();
  }
}

async function shoot(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  await page.screenshot({ path: `${folder}/${name}.png` });
  await page.context().close();
}
