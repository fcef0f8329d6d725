import { useRef } from "react";

/**
 * Handlers for a window that is opened without a trigger of its own (by a shortcut, from a menu): when it closes, the
 * focus is again where it was. Radix gives it back to triggers only.
 */
export function useFocusReturn() {
  const before = useRef<HTMLElement>(undefined);
  return {
    onOpenAutoFocus: () => {
      const focused = document.activeElement;
      // A menu goes when it has been chosen from; its button stays.
      const menu = focused?.closest('[role="menu"]');
      const button = menu && document.getElementById(menu.getAttribute("aria-labelledby") ?? "");
      before.current = button ?? (focused instanceof HTMLElement ? focused : undefined);
    },
    onCloseAutoFocus: (event: Event) => {
      event.preventDefault();
      before.current?.focus();
    },
  };
}
