import { effect } from '@preact/signals';
import { render } from 'preact';
import { App } from './app.js';
import { watchKeys } from './keys/keyboard.js';
import { watchHealth } from './link/health.js';
import { applyTheme } from './state/prefs.js';
import { watchRoute } from './state/route.js';
import './style/tokens.css';
import './style/base.css';
import './style/layout.css';
import './talk/character.css';
import './talk/talk.css';
import './talk/transcript.css';
import './cluster/cluster.css';
import './cluster/log.css';
import './nodes/nodes.css';
import './power/power.css';
import './memory/memory.css';
import './approvals/approvals.css';
import './tools/tools.css';
import './prompts/prompts.css';
import { Twin } from './twin.js';

const twin = new Twin();
applyTheme();
watchRoute();
watchKeys(twin);
const health = watchHealth((report) => {
  twin.health.value = report;
});
// A connection that came or went says that something may have changed.
effect(() => {
  if (twin.link.value.is !== 'connecting') health.askNow();
});
for (const kind of ['pointerdown', 'keydown'] as const) addEventListener(kind, () => twin.touched(), { capture: true });
addEventListener('online', () => {
  if (twin.link.value.is === 'lost') twin.connect();
});
addEventListener('pagehide', () => twin.leave());
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) twin.connect();
});
twin.connect();

const root = document.getElementById('app');
if (root) render(<App twin={twin} />, root);
