import { Approvals } from './approvals/approvals.js';
import { RequestDialog } from './approvals/request-dialog.js';
import { Cluster } from './cluster/cluster.js';
import { Header } from './header.js';
import { openDialog } from './keys/keyboard.js';
import { KeysDialog } from './keys/keys-dialog.js';
import { Memory } from './memory/memory.js';
import { Nodes } from './nodes/nodes.js';
import { Power } from './power/power.js';
import { PromptsPage } from './prompts/prompts.js';
import { SettingsDialog } from './settings/settings-dialog.js';
import { page } from './state/route.js';
import { Banners } from './status/banners.js';
import { SignInCard } from './status/sign-in-card.js';
import { StatusBar } from './status/status-bar.js';
import { Talk } from './talk/talk.js';
import { Tools } from './tools/tools.js';
import type { Twin } from './twin.js';

export function App({ twin }: { twin: Twin }) {
  const dialog = openDialog.value;
  const close = () => {
    openDialog.value = null;
  };
  return (
    <>
      <Header twin={twin} />
      <Banners twin={twin} />
      <Page twin={twin} />
      <StatusBar twin={twin} />
      {twin.link.value.is !== 'signed-out' && <RequestDialog store={twin.approvals} />}
      {dialog === 'keys' && <KeysDialog onClose={close} />}
      {dialog === 'settings' && <SettingsDialog twin={twin} onClose={close} />}
    </>
  );
}

function Page({ twin }: { twin: Twin }) {
  if (twin.link.value.is === 'signed-out') return <SignInCard twin={twin} />;
  if (page.value === 'memory') return <Memory rows={twin.view.value.rows} />;
  if (page.value === 'prompts') return <PromptsPage />;
  if (page.value === 'tools') return <Tools />;
  if (page.value === 'nodes') return <Nodes />;
  if (page.value === 'power') return <Power />;
  if (page.value === 'approvals') return <Approvals store={twin.approvals} />;
  return page.value === 'cluster' ? <Cluster /> : <Talk twin={twin} />;
}
