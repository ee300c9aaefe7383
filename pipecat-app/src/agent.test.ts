import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EchoAgent, openEchoAgent } from './server/echo-agent.fixture.js';
import type { SessionOut } from './voice/session.types.js';

const nowhere: SessionOut = { event: () => undefined, audio: () => undefined };
const somebody = { role: 'operator', name: 'somebody' } as const;
const present: string[] = [];

let echo: EchoAgent;
beforeEach(async () => {
  present.length = 0;
  echo = await openEchoAgent(
    {},
    {
      attend: ({ id }) => {
        present.push(`join ${id}`);
        return () => void present.push(`leave ${id}`);
      },
    },
  );
});
afterEach(() => echo.close());

describe('Agent', () => {
  it('remembers what was said, counts it, and lets listeners hear every session', async () => {
    const { agent } = echo;
    const heard: string[] = [];
    const leave = agent.listen((session, type) => heard.push(`${type} ${session}`));
    const session = agent.openSession(nowhere, { audible: false, ...somebody });
    await session.text('hello');
    leave();
    await session.text('again');
    expect(heard).toEqual([`token ${session.id}`, `answer ${session.id}`]);
    expect(agent.conversation.since(2).map(({ role, text }) => `${role}: ${text}`)).toEqual([
      'user: again',
      'assistant: AGAIN',
    ]);
    expect(await agent.metrics.text()).toContain('twin_turns_total{kind="text",source="reflex"} 2');
  });

  it('tells who is there to be spoken to, but not single requests', async () => {
    const { agent } = echo;
    const socket = agent.openSession(nowhere, { audible: true, attended: true, ...somebody });
    const request = agent.openSession(nowhere, { audible: false, ...somebody });
    await Promise.all([agent.closeSession(socket), agent.closeSession(request)]);
    expect(present).toEqual([`join ${socket.id}`, `leave ${socket.id}`]);
  });

  it('closes a session once', async () => {
    const session = echo.agent.openSession(nowhere, { audible: false, ...somebody });
    await Promise.all([echo.agent.closeSession(session), echo.agent.closeSession(session)]);
    expect(echo.calls.filter((call) => call === `close ${session.id}`)).toHaveLength(1);
    expect(echo.agent.sessions()).toEqual([]);
  });

  it('refuses more than 64 conversations in words', () => {
    for (let i = 0; i < 64; i++) echo.agent.openSession(nowhere, { audible: false, ...somebody });
    expect(() => echo.agent.openSession(nowhere, { audible: false, ...somebody })).toThrow(/64/);
  });

  it('takes nobody new while it drains, and closes who is left', async () => {
    const session = echo.agent.openSession(nowhere, { audible: false, ...somebody });
    await echo.agent.drain();
    expect(() => echo.agent.openSession(nowhere, { audible: false, ...somebody })).toThrow(/stopping/);
    await echo.agent.close();
    expect(echo.calls).toContain(`close ${session.id}`);
  });
});
