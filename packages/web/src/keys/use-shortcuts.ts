import { systemClock } from "@hearth/base";
import { useEffect, useRef } from "react";
import { nextShortcut, noKeys, type Shortcut } from "./shortcuts.ts";

/** What each shortcut does here; those left out do nothing. */
export type Handlers = { readonly [Name in Shortcut]?: () => void };

/**
 * Acts on the shortcuts while the component is there. Several may: a page adds its own to those of the frame. Keys
 * that go into a text, a terminal or an open window are left alone.
 */
export function useShortcuts(handlers: Handlers): void {
  const latest = useRef(handlers);
  useEffect(() => {
    latest.current = handlers;
  });
  useEffect(() => {
    let state = noKeys;
    function onKeyDown(event: KeyboardEvent) {
      // A terminal takes every key: Ctrl K belongs to its shell.
      const isInTerminal = event.target instanceof HTMLElement && event.target.closest(".xterm") !== null;
      if (event.defaultPrevented || event.isComposing || isInTerminal) return;
      const { key, ctrlKey, metaKey, altKey } = event;
      const next = nextShortcut(state, {
        key,
        ctrlKey,
        metaKey,
        altKey,
        isInText: takesText(event.target),
        atMs: systemClock.now(),
      });
      state = next.state;
      const handler = next.shortcut && latest.current[next.shortcut];
      if (!handler) return;
      event.preventDefault();
      handler();
    }
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}

function takesText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target.matches("input, textarea, select") ||
    target.closest('[role="dialog"], [role="alertdialog"], [role="menu"]') !== null
  );
}
