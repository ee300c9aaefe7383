import type { Twin } from '../twin.js';
import { Announcer } from './announcer.js';
import { Character } from './character.js';
import { Levels } from './levels.js';
import { MicButton, MicOff } from './mic-button.js';
import { TextBox } from './text-box.js';
import { Transcript } from './transcript.js';

/** The page *Talk*: the one you talk with on one side, what was said on the other. */
export function Talk({ twin }: { twin: Twin }) {
  return (
    <main class="talk">
      <section class="stage" aria-label="Microphone">
        <Character twin={twin} />
        <Levels meters={twin.meters} />
        <MicButton twin={twin} />
        <MicOff twin={twin} />
      </section>
      <section class="words" aria-label="Conversation">
        <Transcript twin={twin} />
        <TextBox twin={twin} />
      </section>
      <Announcer twin={twin} />
    </main>
  );
}
