/// <reference lib="dom" />
import { describe, expect, it } from 'vitest';
import { oneBrowser } from './one-browser.js';
import { HEALTHY, HELLO, ScriptedServer } from './scripted-server.js';
import { type Stage, say } from './stage.js';

const { scripted } = oneBrowser();
let stage: Stage;

describe('the connection', () => {
  it('says that it is lost, comes back by itself, and says that the session is new', async () => {
    stage = await scripted();
    const { page, server, session } = stage;
    session.send('token', { turn: 1, delta: 'Half an ans' });
    await page.getByText('Half an ans').waitFor();
    server.accepting = false;
    session.drop();
    await page.getByText('The connection to the server is lost.').first().waitFor();
    await page.getByText(/Connection lost, next try in/).waitFor();
    expect(await page.getByText('interrupted').count()).toBeGreaterThan(0);
    expect(await page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true);
    server.accepting = true;
    await page.getByRole('button', { name: 'Try now' }).click();
    const next = await server.session(1);
    await page.getByText('This is a new session').first().waitFor();
    await say(page, 'again');
    expect(await next.message('text')).toEqual({ type: 'text', text: 'again' });
  });

  it('keeps what was typed while there is nobody to take it', async () => {
    stage = await scripted();
    const { page, server, session } = stage;
    server.accepting = false;
    session.drop();
    await page.getByText('Try now').waitFor();
    await say(page, 'keep me');
    expect(await page.getByLabel('Message to Twin').inputValue()).toBe('keep me');
  });
});

describe('the microphone', () => {
  it('says how to allow it when it is denied', async () => {
    stage = await scripted({ microphone: false });
    const { page } = stage;
    await page.locator('.mic-button').click();
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toMatch(/does not allow.*allow the microphone, then press the button again/);
    expect(await page.locator('.mic-button').getAttribute('data-state')).toBe('off');
    await alert.getByRole('button').click();
    await alert.waitFor({ state: 'detached' });
  });

  it('on an address without encryption says which one, why, and what to do; typing works, unspoken', async () => {
    stage = await scripted({
      before: async (_, page) => {
        await page.addInitScript(() => {
          Object.defineProperty(window, 'isSecureContext', { value: false });
          Object.defineProperty(navigator, 'mediaDevices', { value: undefined });
        });
      },
    });
    const { page, server, session } = stage;
    expect(session.audible).toBe(false);
    await page.locator('.mic-button').click();
    const text = await page.getByRole('alert').textContent();
    expect(text).toContain(server.url);
    expect(text).toContain('not encrypted');
    expect(text).toContain('http://localhost:');
    await say(page, 'hello');
    await session.message('text');
  });
});

describe('sign-in', () => {
  const signedOut = async () => {
    stage = await scripted();
    stage.server.key = 'twin-key';
    stage.session.drop();
    await stage.page.getByLabel('API key').waitFor();
    return stage;
  };

  it('asks for a key, refuses a wrong one in words, and goes on with the right one', async () => {
    const { page, server } = await signedOut();
    await page.getByLabel('API key').fill('wrong');
    await page.keyboard.press('Enter');
    expect(await page.getByRole('alert').textContent()).toContain('This key is not known.');
    await page.getByLabel('API key').fill(' twin-key ');
    await page.keyboard.press('Enter');
    const session = await server.session(1);
    await say(page, 'hello');
    await session.message('text');
  });

  it('warns when the server asks nobody', async () => {
    stage = await scripted({
      before: (server) => {
        server.hello = { ...HELLO, authDisabled: true };
      },
    });
    await stage.page.getByText('Sign-in is off.').waitFor();
  });
});

describe('the agent', () => {
  it('shows an error with what to do, until a turn goes well', async () => {
    stage = await scripted();
    const { page, session } = stage;
    session.send('error', { code: 'TWIN_STT', message: 'The ears failed.', next: 'Run `twin doctor`.' });
    await page.getByText('Last error:').waitFor();
    expect(await page.locator('.status code').textContent()).toBe('twin doctor');
  });

  it('shows which part is not ready and what its report says to do', async () => {
    stage = await scripted({
      before: (server) => {
        const mind = { ok: false, detail: 'Run `twin models pull`.' };
        server.health = { ...HEALTHY, status: 'degraded', parts: { ...HEALTHY.parts, mind } };
      },
    });
    await stage.page.locator('.word.bad', { hasText: 'Mind not ready' }).waitFor();
    await stage.page.locator('.status p', { hasText: 'twin models pull' }).waitFor();
  });
});

it('the scripted server leaves nothing open', async () => {
  stage = await scripted();
  const server = await ScriptedServer.start();
  const { url } = server;
  expect((await fetch(`${url}/health`)).status).toBe(200);
  await server.close();
  await expect(fetch(`${url}/health`)).rejects.toThrow();
});
