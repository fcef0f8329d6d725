import { Store } from "../streams/store.ts";

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: "good" | "bad";
}

let nextId = 1;

/** What was said lately and is still to be seen. */
export const toasts = new Store<readonly Toast[]>([]);

/** Says a sentence at the edge of the page; it goes by itself. */
export function say({ text, tone = "good" }: { text: string; tone?: Toast["tone"] }): void {
  toasts.set([...toasts.get().slice(-2), { id: nextId++, text, tone }]);
}

export function unsay(id: number): void {
  toasts.set(toasts.get().filter((toast) => toast.id !== id));
}
