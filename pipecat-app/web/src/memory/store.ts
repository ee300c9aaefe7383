import { type Signal, signal } from '@preact/signals';
import type { FactView, StateView } from '../../../src/server/memory-protocol.js';
import type { Problem } from '../audio/problem.js';
import { type Asked, ask } from '../link/ask.js';
import { askRole, role } from '../link/role.js';
import type { Confirm } from '../style/confirmation.js';

const PAGE = 50;

/** What the page *Memory* is drawn from. */
export class MemoryStore {
  /** Null before the first answer. */
  readonly facts: Signal<FactView[] | null> = signal(null);
  readonly total = signal(0);
  /** Whether there may be older facts than those shown. */
  readonly more = signal(false);
  /** False: words only were compared. */
  readonly meaning = signal(true);
  readonly states: Signal<StateView[]> = signal([]);
  readonly problem: Signal<Problem | null> = signal(null);
  /** The fact that is being edited. */
  readonly editing: Signal<number | null> = signal(null);
  readonly confirm: Signal<Confirm | null> = signal(null);
  /** The fact that was forgotten last. */
  readonly forgotten: Signal<FactView | null> = signal(null);
  /** What was done last, for people who do not see it. */
  readonly done = signal('');
  #words = '';
  #asking = 0;

  start(): void {
    void askRole();
    void this.look();
    void this.#lookAtStates();
  }

  /** Shows what `words` find; the newest facts without any. */
  async search(words: string): Promise<void> {
    this.#words = words.trim();
    await this.look();
  }

  /** Asks now; an answer that is overtaken by a newer question is dropped. */
  async look(): Promise<void> {
    const mine = ++this.#asking;
    if (this.#words !== '') {
      const query = new URLSearchParams({ q: this.#words });
      const answer = await ask<{ facts: FactView[]; meaning: boolean }>(`/api/memory/search?${query}`);
      const found = mine === this.#asking ? this.#took(answer) : undefined;
      if (!found) return;
      this.facts.value = found.facts;
      this.meaning.value = found.meaning;
      this.more.value = false;
      this.done.value = `${found.facts.length} found.`;
      return;
    }
    const answer = await ask<{ facts: FactView[]; total: number }>(`/api/memory?limit=${PAGE}`);
    const newest = mine === this.#asking ? this.#took(answer) : undefined;
    if (!newest) return;
    this.facts.value = newest.facts;
    this.total.value = newest.total;
    this.more.value = newest.facts.length === PAGE;
  }

  async older(): Promise<void> {
    const known = this.facts.value ?? [];
    const page = this.#took(
      await ask<{ facts: FactView[] }>(`/api/memory?limit=${PAGE}&before=${known.at(-1)?.id ?? 1}`),
    );
    if (!page) return;
    this.facts.value = [...known, ...page.facts];
    this.more.value = page.facts.length === PAGE;
  }

  async remember(text: string): Promise<boolean> {
    const answer = this.#took(await ask<{ how: string; before?: FactView }>('/api/memory', { text }));
    if (!answer) return false;
    const words = { merged: 'That was known already.', superseded: `It takes the place of: ${answer.before?.text}` };
    this.done.value = words[answer.how as keyof typeof words] ?? 'Remembered.';
    await this.look();
    return true;
  }

  async change(fact: FactView, change: { text?: string; pinned?: boolean; enabled?: boolean }): Promise<void> {
    const answer = this.#took(await ask<{ fact: FactView }>(`/api/memory/${fact.id}`, change, 'PATCH'));
    if (!answer) return;
    this.editing.value = null;
    this.done.value = 'Changed.';
    this.facts.value = (this.facts.value ?? []).map((one) => (one.id === fact.id ? { ...one, ...answer.fact } : one));
  }

  async forget(fact: FactView): Promise<void> {
    if (!this.#took(await ask(`/api/memory/${fact.id}`, undefined, 'DELETE'))) return;
    this.forgotten.value = fact;
    this.done.value = `Forgotten: ${fact.text}`;
    await this.look();
  }

  async undo(): Promise<void> {
    const fact = this.forgotten.value;
    if (!fact || !this.#took(await ask(`/api/memory/${fact.id}/restore`, {}))) return;
    this.forgotten.value = null;
    this.done.value = `Remembered again: ${fact.text}`;
    await this.look();
  }

  async save(name: string): Promise<boolean> {
    const answer = this.#took(await ask<{ facts: number }>('/api/memory/states', { name }));
    if (!answer) return false;
    this.done.value = `${answer.facts} facts saved as ${name}.`;
    await this.#lookAtStates();
    return true;
  }

  load(name: string): void {
    this.#replace(`Load ${name}`, () => ask(`/api/memory/states/${encodeURIComponent(name)}/load`, {}));
  }

  import(file: File): void {
    this.#replace(`Import ${file.name}`, () => ask('/api/memory/import', file));
  }

  remove(name: string): void {
    this.confirm.value = {
      title: `Delete ${name}`,
      words: 'The saved memory is removed for good. What is remembered now stays as it is.',
      action: `Delete ${name}`,
      run: async () => {
        await ask(`/api/memory/states/${encodeURIComponent(name)}`, undefined, 'DELETE').then((a) => this.#took(a));
        this.done.value = `${name} is deleted.`;
        await this.#lookAtStates();
      },
    };
  }

  /** Whether the person may change anything; not before the role is known. */
  mayChange(): boolean {
    return role.value === 'operator' || role.value === 'admin';
  }

  #replace(action: string, run: () => Promise<Asked<{ facts: number }>>): void {
    this.confirm.value = {
      title: `${action}?`,
      words: 'It takes the place of everything that is remembered now. Save that first to be able to go back.',
      action,
      run: async () => {
        const answer = this.#took(await run());
        if (answer) this.done.value = `${answer.facts} facts loaded.`;
        this.forgotten.value = null;
        await this.look();
      },
    };
  }

  async #lookAtStates(): Promise<void> {
    const answer = await ask<{ states: StateView[] }>('/api/memory/states');
    if ('value' in answer) this.states.value = answer.value.states;
  }

  #took<T>(answer: Asked<T>): T | undefined {
    this.problem.value = 'problem' in answer ? answer.problem : null;
    return 'value' in answer ? (answer.value ?? ({} as T)) : undefined;
  }
}
