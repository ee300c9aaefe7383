import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { PromptAnswer, PromptsAnswer } from '../../../src/server/prompt-protocol.js';
import type { Problem } from '../audio/problem.js';
import { type Asked, ask } from '../link/ask.js';
import type { Confirm } from '../style/confirmation.js';
import { type Draft, discarded, isChanged, newExpert, refreshed } from './drafts.js';

const CHANGED = 412;

/** What the page *Prompts* is drawn from. Lives as long as the window, so that no draft is lost on the way to another page. */
export class PromptStore {
  /** Null before the first answer. */
  readonly list: Signal<PromptsAnswer | null> = signal(null);
  readonly drafts: Signal<Readonly<Record<string, Draft>>> = signal({});
  readonly chosen: Signal<string | null> = signal(null);
  readonly problem: Signal<Problem | null> = signal(null);
  readonly confirm: Signal<Confirm | null> = signal(null);
  /** What was done last, for people who do not see it. */
  readonly done = signal('');
  readonly busy = signal(false);
  readonly draft: ReadonlySignal<Draft | null> = computed(() => this.drafts.value[this.chosen.value ?? ''] ?? null);
  readonly unsaved: ReadonlySignal<readonly string[]> = computed(() =>
    Object.values(this.drafts.value)
      .filter(isChanged)
      .map(({ name }) => name),
  );

  /** Asks for the list, and for what is shown. */
  async look(): Promise<void> {
    const answer = await ask<PromptsAnswer>('/api/prompts');
    if ('problem' in answer) this.problem.value = answer.problem;
    else this.list.value = answer.value;
    const name = this.chosen.value ?? this.list.value?.prompts[0]?.name;
    if (name !== undefined) await this.open(name);
  }

  async open(name: string): Promise<void> {
    batch(() => {
      this.chosen.value = name;
      this.problem.value = null;
    });
    const known = this.drafts.value[name];
    // A new one that was never saved is only here.
    if (known && known.saved === null) return;
    this.#take(await ask<PromptAnswer>(addressOf(name)));
  }

  make(expert: string): void {
    const made = newExpert(expert);
    const there = this.list.value?.prompts.some(({ name }) => name === made.name);
    if (!there && !this.drafts.value[made.name]) this.#put(made);
    if (there) void this.open(made.name);
    else this.chosen.value = made.name;
  }

  edit(text: string): void {
    const { draft } = this;
    if (draft.value) this.#put({ ...draft.value, text });
  }

  async save(): Promise<void> {
    const draft = this.draft.value;
    if (!draft || !isChanged(draft)) return;
    const { name, text, saved } = draft;
    const match: Record<string, string> = saved ? { 'if-match': `"${saved.etag}"` } : { 'if-none-match': '*' };
    await this.#change(name, () => ask<PromptAnswer>(addressOf(name), { text }, 'PUT', match), `${name} is saved.`);
  }

  askDiscard(): void {
    const draft = this.draft.value;
    if (!draft) return;
    this.confirm.value = {
      title: 'Discard your changes?',
      words: draft.saved ? `${draft.name} goes back to what is saved.` : `${draft.name} was never saved and goes away.`,
      action: 'Discard changes',
      run: () => {
        const { [draft.name]: _, ...others } = this.drafts.value;
        if (draft.saved) this.#put(discarded(draft));
        else
          batch(() => {
            this.drafts.value = others;
            this.chosen.value = null;
            void this.look();
          });
        this.done.value = 'Your changes are discarded.';
      },
    };
  }

  /** @param at when the version was replaced, in words */
  askRestore(version: string, at: string): void {
    const draft = this.draft.value;
    if (!draft?.saved) return;
    const { name, saved } = draft;
    const lost = isChanged(draft) ? ' Your unsaved changes are discarded.' : '';
    this.confirm.value = {
      title: `Restore ${name}?`,
      words: `What was replaced ${at} is saved again and used from the next answer on. What is saved now stays in the list of versions.${lost}`,
      action: 'Restore this version',
      run: () =>
        this.#change(
          name,
          () => ask<PromptAnswer>(`${addressOf(name)}/restore`, { version }, 'POST', { 'if-match': `"${saved.etag}"` }),
          `${name} is restored.`,
        ),
    };
  }

  /** The text of a version; null, and a problem, when it cannot be had. */
  async version(id: string): Promise<string | null> {
    const name = this.chosen.value ?? '';
    const answer = await ask<{ text: string }>(`${addressOf(name)}/versions/${encodeURIComponent(id)}`);
    if ('value' in answer) return answer.value.text;
    this.problem.value = answer.problem;
    return null;
  }

  async #change(name: string, send: () => Promise<Asked<PromptAnswer>>, done: string): Promise<void> {
    if (this.busy.value) return;
    this.busy.value = true;
    const sent = this.drafts.value[name]?.text;
    const answer = await send();
    batch(() => {
      this.busy.value = false;
      this.problem.value = 'problem' in answer ? answer.problem : null;
      if ('problem' in answer) return;
      const { text, etag, versions } = answer.value;
      // What was typed while it was on its way is not lost.
      const typed = this.drafts.value[name]?.text;
      const kept = typed !== undefined && typed !== sent ? typed : text;
      this.#put({ name, text: kept, saved: { text, etag, versions }, conflict: false });
      this.done.value = done;
    });
    if ('problem' in answer && answer.status !== CHANGED) return;
    if ('problem' in answer) {
      this.#take(await ask<PromptAnswer>(addressOf(name)), true);
      // The draft says it, and what to do.
      if (this.drafts.value[name]?.conflict) this.problem.value = null;
    }
    const list = await ask<PromptsAnswer>('/api/prompts');
    if ('value' in list) this.list.value = list.value;
  }

  /** @param quiet leaves the words of the problem that is shown */
  #take(answer: Asked<PromptAnswer>, quiet = false): void {
    if ('value' in answer) this.#put(refreshed(this.drafts.value[answer.value.name], answer.value));
    else if (!quiet) this.problem.value = answer.problem;
  }

  #put(draft: Draft): void {
    this.drafts.value = { ...this.drafts.value, [draft.name]: draft };
  }
}

const addressOf = (name: string): string => `/api/prompts/${encodeURIComponent(name)}`;
