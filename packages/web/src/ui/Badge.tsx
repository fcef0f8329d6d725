import type { ReactNode } from "react";
import type { Tone } from "../words/workspace-words.ts";
import { cx } from "./class-names.ts";
import { Icon, type IconName } from "./Icon.tsx";

const tones: Readonly<Record<Tone, { class: string; icon: IconName }>> = {
  good: { class: "bg-good-soft text-good", icon: "check" },
  busy: { class: "bg-busy-soft text-busy", icon: "spinner" },
  bad: { class: "bg-bad-soft text-bad", icon: "warning" },
  quiet: { class: "bg-quiet-soft text-quiet", icon: "stop" },
};

/** A state as a word with its picture; the colour only repeats them. */
export function Badge({ tone, isMoving = false, children }: { tone: Tone; isMoving?: boolean; children: ReactNode }) {
  const look = tones[tone];
  const icon = tone === "busy" && !isMoving ? "clock" : look.icon;
  return (
    <span
      className={cx(
        "inline-flex h-6 items-center gap-1 rounded-full pr-2.5 pl-1.5 text-sm font-medium whitespace-nowrap",
        look.class,
      )}
    >
      <Icon name={icon} size={14} className={icon === "spinner" ? "animate-turn" : ""} />
      {children}
    </span>
  );
}
