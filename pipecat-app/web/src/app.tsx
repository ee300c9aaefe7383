import { Header } from './header.js';
import { openDialog } from './keys/keyboard.js';
import { KeysDialog } from './keys/keys-dialog.js';
import { SettingsDialog } from './settings/settings-dialog.js';
import { Banners } from './status/banners.js';
import { SignInCard } from './status/sign-in-card.js';
import { StatusBar } from './status/status-bar.js';
import { Talk } from './talk/talk.js';
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
      {twin.link.value.is === 'signed-out' ? <SignInCard twin={twin} /> : <Talk twin={twin} />}
      <StatusBar twin={twin} />
      {dialog === 'keys' && <KeysDialog onClose={close} />}
      {dialog === 'settings' && <SettingsDialog twin={twin} onClose={close} />}
    </>
  );
}
