import type { ComponentChildren } from 'preact';

function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

export const MicIcon = ({ crossed }: { crossed: boolean }) => (
  <Icon>
    <rect x="9" y="3" width="6" height="11" rx="3" />
    <path d="M5.5 11.500a6.500 6.500 0 0 0 13 0M12 18v3" />
    {crossed && <path d="M4 4l16 16" />}
  </Icon>
);
export const SoundIcon = ({ on }: { on: boolean }) => (
  <Icon>
    <path d="M4 9.500v5h3.500l4.500 4v-13l-4.500 4z" />
    {on ? (
      <path d="M15.500 9a4.200 4.200 0 0 1 0 6M18 6.500a8 8 0 0 1 0 11" />
    ) : (
      <path d="M16 9.500l5 5M21 9.500l-5 5" />
    )}
  </Icon>
);
export const ThemeIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="8.500" />
    <path d="M12 3.500a8.500 8.500 0 0 1 0 17z" fill="currentColor" />
  </Icon>
);
export const KeysIcon = () => (
  <Icon>
    <rect x="3" y="6" width="18" height="12" rx="2.500" />
    <path d="M7 10h.01M11 10h.01M15 10h.01M17.500 10h.01M8 14.200h8" />
  </Icon>
);
export const SettingsIcon = () => (
  <Icon>
    <path d="M4 7h9M17 7h3M4 17h3M11 17h9" />
    <circle cx="15" cy="7" r="2" />
    <circle cx="9" cy="17" r="2" />
  </Icon>
);
export const SendIcon = () => (
  <Icon>
    <path d="M12 19V5M6 11l6-6 6 6" />
  </Icon>
);
export const StopIcon = () => (
  <Icon>
    <rect x="6.500" y="6.500" width="11" height="11" rx="2" fill="currentColor" />
  </Icon>
);
export const ClearIcon = () => (
  <Icon>
    <path d="M4 7h16M9.500 7V4.500h5V7M6.500 7l1 12.500h9l1-12.500" />
  </Icon>
);
export const CloseIcon = () => (
  <Icon>
    <path d="M6 6l12 12M18 6L6 18" />
  </Icon>
);
