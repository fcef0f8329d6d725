import { RadioGroup as Radix } from "radix-ui";
import type { ReactNode } from "react";

interface RadioCardsProps<T extends string> {
  /** Names the choice. */
  label: string;
  value: T | undefined;
  onChange: (value: T) => void;
  choices: readonly { value: T; title: string; children?: ReactNode }[];
}

/** One of several, each with room to say what it is. */
export function RadioCards<T extends string>({ label, value, onChange, choices }: RadioCardsProps<T>) {
  return (
    <Radix.Root
      aria-label={label}
      value={value ?? null}
      // Radix gives back one of the values below.
      onValueChange={(next) => onChange(next as T)}
      className="grid gap-2 sm:grid-cols-2 lg:grid-cols-3"
    >
      {choices.map((choice) => (
        <Radix.Item
          key={choice.value}
          value={choice.value}
          className="flex min-w-0 items-start gap-2.5 rounded-lg border border-line-strong/60 bg-surface p-3 text-left transition-colors hover:border-line-strong data-[state=checked]:border-accent data-[state=checked]:bg-accent-soft"
        >
          <span className="mt-0.5 flex size-4 shrink-0 items-center justify-center rounded-full border border-line-strong">
            <Radix.Indicator className="size-2 rounded-full bg-accent" />
          </span>
          <span className="min-w-0">
            <span className="block font-medium">{choice.title}</span>
            {choice.children}
          </span>
        </Radix.Item>
      ))}
    </Radix.Root>
  );
}
