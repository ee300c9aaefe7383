import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { demoByHttp } from './demo-home.fixture.js';
import { ServerStage } from './server-stage.fixture.js';

let on: ServerStage;
beforeEach(() => {
  on = new ServerStage();
});
afterEach(() => on.close());

describe('a server by HTTP', () => {
  test('is called with its headers, and found again when it was away', async () => {
    const first = await demoByHttp(on.home.log);
    on.open.push({ close: first.end });
    const demo = await on.demo({ url: first.url, headers: { Authorization: 'Bearer demo' }, allow: ['echo'] });
    expect(await on.call(demo, 'demo.echo', { text: 'a' })).toMatchObject({
      ok: true,
      output: 'demo says: echo {"text":"a"}',
    });
    expect(demo.view()).toMatchObject({ transport: 'http', target: new URL(first.url).origin });
    await first.end();
    expect(await on.call(demo, 'demo.echo', { text: 'b' })).toMatchObject({ error: 'TWIN_MCP_LOST' });
    await demo.is('unavailable');
    const again = await demoByHttp(on.home.log, Number(new URL(first.url).port));
    on.open.push({ close: again.end });
    await expect.poll(() => demo.waits.length).toBeGreaterThan(0);
    for (const wait of demo.waits) wait.over();
    await demo.is('ready');
    expect(await on.call(demo, 'demo.echo', { text: 'c' })).toMatchObject({ ok: true });
  });

  test('whose answer is more than can be kept loses its connection', async () => {
    const server = await demoByHttp(on.home.log);
    on.open.push({ close: server.end });
    const demo = await on.demo({ url: server.url, headers: { Authorization: 'Bearer demo' } });
    expect(await on.call(demo, 'demo.flood')).toMatchObject({
      error: 'TWIN_MCP_LOST',
      output: expect.stringContaining('its answer is too long'),
    });
  });

  test('that wants another key, or is not there, is unavailable', async () => {
    const server = await demoByHttp(on.home.log);
    on.open.push({ close: server.end });
    const headers = { Authorization: 'Bearer wrong-key' };
    on.home.configure({ demo: { url: server.url, headers }, gone: { url: 'http://127.0.0.1:1/mcp' } });
    const both = on.start();
    await both.is('unavailable');
    await both.is('unavailable', 'gone');
    expect(both.view()?.reason).toMatch(/401/);
    expect(both.view('gone')?.reason).toMatch(/ECONNREFUSED|refused|bad port/i);
    expect(JSON.stringify(both.servers.view())).not.toContain('wrong-key');
  });
});
