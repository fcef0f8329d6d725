import { Toast as Radix } from "radix-ui";
import { useStore } from "../streams/use-store.ts";
import { Icon } from "./Icon.tsx";
import { toasts, unsay } from "./say.ts";

/** Where what is said appears; readers hear it once. */
export function Toasts() {
  const all = useStore(toasts);
  return (
    <Radix.Provider swipeDirection="right" duration={5_000} label="Message">
      {all.map(({ id, text, tone }) => (
        <Radix.Root
          key={id}
          type={tone === "bad" ? "foreground" : "background"}
          duration={tone === "bad" ? 12_000 : 4_000}
          onOpenChange={(open) => !open && unsay(id)}
          className="flex animate-appear items-start gap-2 rounded-md border border-line bg-raised p-3 shadow-float"
        >
          <Icon
            name={tone === "bad" ? "warning" : "check"}
            className={tone === "bad" ? "mt-0.5 text-bad" : "mt-0.5 text-good"}
          />
          <Radix.Description className="min-w-0 grow break-words">{text}</Radix.Description>
          <Radix.Close aria-label="Dismiss" className="rounded-sm p-0.5 text-muted hover:text-text">
            <Icon name="cross" />
          </Radix.Close>
        </Radix.Root>
      ))}
      <Radix.Viewport
        label="Messages ({hotkey})"
        className="fixed right-4 bottom-4 z-50 flex w-[min(24rem,calc(100vw-2rem))] flex-col gap-2 outline-none"
      />
    </Radix.Provider>
  );
}
