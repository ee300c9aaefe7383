import { openDialog } from './keys/keyboard.js';
import { prefs, setPrefs, type Theme } from './state/prefs.js';
import { hrefOf, PAGES, page } from './state/route.js';
import { KeysIcon, SettingsIcon, SoundIcon, ThemeIcon } from './style/icons.js';
import type { Twin } from './twin.js';

const NEXT_THEME: Record<Theme, Theme> = { auto: 'light', light: 'dark', dark: 'auto' };
const THEME_NAME: Record<Theme, string> = { auto: 'as the system', light: 'light', dark: 'dark' };

export function Header({ twin }: { twin: Twin }) {
  const { sound, theme } = prefs.value;
  return (
    <header class="top">
      <h1>Twin</h1>
      <nav class="top-pages" aria-label="Pages">
        {PAGES.map(({ page: its, name }) => (
          <a key={its} href={hrefOf(its)} aria-current={page.value === its ? 'page' : undefined}>
            {name}
          </a>
        ))}
      </nav>
      <div class="top-tools">
        <button
          type="button"
          class="quiet square"
          aria-pressed={sound}
          title={`Sound ${sound ? 'on' : 'off'}`}
          onClick={() => twin.toggleSound()}
        >
          <SoundIcon on={sound} />
          <span class="unseen">Sound</span>
        </button>
        <button
          type="button"
          class="quiet square"
          title={`Colours: ${THEME_NAME[theme]}`}
          onClick={() => setPrefs({ theme: NEXT_THEME[theme] })}
        >
          <ThemeIcon />
          <span class="unseen">Colours: {THEME_NAME[theme]}</span>
        </button>
        <DialogButton name="keys" label="Keyboard" icon={<KeysIcon />} />
        <DialogButton name="settings" label="Settings" icon={<SettingsIcon />} />
      </div>
    </header>
  );
}

type DialogButtonProps = { name: 'keys' | 'settings'; label: string; icon: preact.JSX.Element };

function DialogButton({ name, label, icon }: DialogButtonProps) {
  return (
    <button
      type="button"
      class="quiet square"
      aria-haspopup="dialog"
      title={label}
      onClick={() => {
        openDialog.value = name;
      }}
    >
      {icon}
      <span class="unseen">{label}</span>
    </button>
  );
}
