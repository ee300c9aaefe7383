import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { ClientMessage, Health, ServerEvent } from '../../src/server/protocol.js';
import { ApprovalStore, isTyping } from './approvals/store.js';
import { Desk } from './audio/desk.js';
import { type Device, deviceGone } from './audio/devices.js';
import { Meter } from './audio/meter.js';
import { MicFeed } from './audio/mic-feed.js';
import { microphoneRefused, noMicrophone, type Problem } from './audio/problem.js';
import { forgetConversation, readConversation } from './link/conversation.js';
import { Link, type LinkState } from './link/link.js';
import { cleared, ended, fold, notice, recalled, typed } from './state/fold.js';
import { type MicState, type MicSwitch, micState } from './state/mic-state.js';
import { prefs, setPrefs } from './state/prefs.js';
import { emptyView, type View } from './state/rows.js';

/** How far a turn has been played. */
export type Position = { turn: number; samples: number };

const LOST = 'The connection to the server is lost. Trying to reach it again.';
const BACK = 'Connected again. This is a new session: Twin does not know what was said before it.';

/** The page's one conversation: events in, orders out, and the signals that the screen is drawn from. */
export class Twin {
  readonly view: Signal<View> = signal(emptyView);
  readonly link: Signal<LinkState> = signal({ is: 'connecting' });
  readonly mic: Signal<MicSwitch> = signal('off');
  readonly micState: ReadonlySignal<MicState> = computed(() => micState(this.mic.value, this.view.value.agent));
  readonly problem: Signal<Problem | null> = signal(null);
  readonly position: Signal<Position> = signal({ turn: -1, samples: 0 });
  readonly health: Signal<Health | null> = signal(null);
  /** False while sound waits for the first click or key on the page. */
  readonly soundRuns = signal(true);
  /** Whether the present session speaks its answers. */
  readonly audible = signal(true);
  readonly approvals = new ApprovalStore(isTyping);
  readonly meters = { you: new Meter(), bot: new Meter(), vad: new Meter() };

  readonly #unable = noMicrophone({
    secure: window.isSecureContext,
    devices: Boolean(navigator.mediaDevices),
    origin: location.origin,
  });
  readonly #desk = new Desk({
    frame: (at, samples, level) => {
      this.meters.you.hear(level);
      this.#feed.frame(at, samples);
    },
    gate: (open) => this.#feed.gate(open),
    micEnded: () => {
      this.hangUp();
      this.problem.value = {
        what: 'The microphone is gone.',
        next: 'Plug it in or choose another one, then press the button again.',
      };
    },
    played: (turn, samples, captured) => {
      this.#send({ type: 'played', turn, samples, mic: this.#feed.sampleOf(captured) });
      this.position.value = { turn, samples };
    },
    botLevel: (level) => this.meters.bot.hear(level),
    running: (yes) => {
      this.soundRuns.value = yes;
    },
    sinkGone: () => {
      this.problem.value = deviceGone('loudspeaker', prefs.value.loudspeaker);
    },
  });
  readonly #link = new Link(() => this.#address(), {
    state: (state) => this.#linkChanged(state),
    event: (event) => this.#receive(event),
    audio: (chunk) => this.#desk.order({ type: 'audio', ...chunk }),
  });
  readonly #feed = new MicFeed({
    audio: (samples) => this.#link.sendAudio(samples),
    open: (open) => this.#send({ type: 'mic', open }),
  });

  /** Whether what was said before this page was opened is still to be shown. */
  #recall = true;

  constructor() {
    this.#desk.playOn(prefs.value.loudspeaker.id);
  }

  connect(): void {
    this.#link.connect();
  }

  leave(): void {
    this.#link.close();
  }

  /** Sends a typed message; false when there is no session to take it. */
  say(text: string): boolean {
    if (!this.#send({ type: 'text', text })) return false;
    this.view.value = typed(this.view.value, text);
    if (this.audible.value) void this.#wake();
    return true;
  }

  stop(): void {
    this.#send({ type: 'stop' });
  }

  /** Empties the screen and makes the server forget too. */
  async clear(): Promise<void> {
    this.#recall = false;
    this.view.value = cleared(this.view.value);
    if (await forgetConversation()) return;
    this.problem.value = {
      what: 'Only this screen is cleared: the server did not forget what was said.',
      next: 'Clear it again when the connection is back.',
    };
  }

  set(change: Omit<Extract<ClientMessage, { type: 'settings' }>, 'type'>): void {
    this.#send({ type: 'settings', ...change });
  }

  meter(on: boolean): void {
    if (!on) this.meters.vad.show(0);
    this.#send({ type: 'meter', on });
  }

  /** Opens the microphone, or lets it be heard again. */
  async talk(): Promise<void> {
    if (this.mic.value === 'muted') {
      this.mic.value = 'on';
      this.#desk.gate(true);
      return;
    }
    if (this.mic.value !== 'off') return;
    this.problem.value = this.#unable;
    if (this.#unable) return;
    this.mic.value = 'opening';
    try {
      const { microphone } = prefs.value;
      const found = await this.#desk.openMic(microphone.id, new URLSearchParams(location.search).has('raw'));
      if (!found) this.problem.value = deviceGone('microphone', microphone);
      // It may have been muted while the browser asked.
      const wanted = this.mic.value as MicSwitch;
      if (wanted === 'off') this.#desk.closeMic();
      else {
        if (wanted === 'opening') this.mic.value = 'on';
        this.#desk.gate(this.mic.value === 'on');
      }
    } catch (error) {
      batch(() => {
        this.mic.value = 'off';
        this.problem.value = microphoneRefused(error);
      });
    }
  }

  mute(): void {
    if (this.mic.value !== 'on' && this.mic.value !== 'opening') return;
    this.mic.value = 'muted';
    this.#desk.gate(false);
    this.meters.you.show(0);
  }

  toggleMic(): void {
    if (this.mic.value === 'on' || this.mic.value === 'opening') this.mute();
    else void this.talk();
  }

  /** Gives the microphone back to the system. */
  hangUp(): void {
    this.mute();
    this.mic.value = 'off';
    this.#desk.closeMic();
    this.#feed.gate(false);
  }

  /** Listens with this microphone from now on. */
  async useMicrophone(microphone: Device): Promise<void> {
    setPrefs({ microphone });
    const before = this.mic.value;
    if (before === 'off') return;
    this.hangUp();
    await this.talk();
    if (before === 'muted') this.mute();
  }

  useLoudspeaker(loudspeaker: Device): void {
    setPrefs({ loudspeaker });
    this.#desk.playOn(loudspeaker.id);
  }

  toggleSound(): void {
    const sound = !prefs.value.sound;
    setPrefs({ sound });
    this.#desk.setAudible(sound);
    if (!sound) return;
    if (this.#unable) this.problem.value = this.#unable;
    else void this.#wake();
    // A session that was opened silent synthesises nothing.
    if (!this.audible.value && !this.#unable) this.#link.connect();
  }

  /** A click or key anywhere: what waits to be heard may be. */
  touched(): void {
    if (!this.soundRuns.value) void this.#desk.unlock().catch(() => {});
  }

  dismiss(): void {
    this.problem.value = null;
  }

  async #wake(): Promise<void> {
    try {
      await this.#desk.wake();
    } catch {
      this.problem.value = {
        what: 'The browser could not start its sound.',
        next: 'Reload the page, or switch the sound off.',
      };
    }
  }

  #send(message: ClientMessage): boolean {
    return this.#link.send(message);
  }

  #address(): string {
    this.audible.value = prefs.value.sound && this.#unable === null;
    const url = new URL('/ws/audio', location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    url.searchParams.set('audible', this.audible.value ? '1' : '0');
    return url.href;
  }

  #linkChanged(state: LinkState): void {
    batch(() => {
      const before = this.link.value;
      this.link.value = state;
      if (state.is === 'open') {
        this.#feed.session(true);
        void this.approvals.begin();
      } else {
        this.#feed.session(false);
        this.#desk.order({ type: 'reset' });
        this.view.value = ended(this.view.value);
      }
      if (state.is === 'open' && this.#recall) void this.#showPast();
      if (state.is === 'lost' && state.attempt === 1) this.view.value = notice(this.view.value, LOST, 'bad');
      if (state.is === 'open' && before.is !== 'open' && this.view.value.hello)
        this.view.value = notice(this.view.value, BACK);
    });
  }

  async #showPast(): Promise<void> {
    const lines = await readConversation();
    if (!this.#recall) return;
    this.#recall = false;
    this.view.value = recalled(this.view.value, lines);
  }

  #receive(event: ServerEvent): void {
    this.approvals.take(event);
    switch (event.type) {
      case 'audio.hold':
        this.#desk.order({ type: 'hold', turn: event.data.turn });
        break;
      case 'audio.resume':
        this.#desk.order({ type: 'resume', turn: event.data.turn });
        break;
      case 'audio.flush':
        this.#desk.order({ type: 'flush', turn: event.data.turn });
        break;
      case 'audio.end':
        this.#desk.order({ type: 'end', ...event.data });
        break;
      case 'vad':
        this.meters.vad.show(event.data.probability);
        break;
      default:
        this.view.value = fold(this.view.value, event);
    }
  }
}
