import { cx } from "../../ui/class-names.ts";
import { barKeys } from "./control-key.ts";

interface KeyBarProps {
  /** The next key is typed with Ctrl. */
  isControl: boolean;
  onControl: () => void;
  onKey: (data: string) => void;
}

const keyClass = "h-9 min-w-10 shrink-0 rounded-md border border-line px-2.5 font-mono text-sm";

/** Keys that the keyboard of a telephone lacks. */
export function KeyBar({ isControl, onControl, onKey }: KeyBarProps) {
  return (
    <div role="toolbar" aria-label="Keys" className="flex shrink-0 gap-1 overflow-x-auto bg-surface p-1.5">
      <button
        type="button"
        aria-pressed={isControl}
        // Pressing must not take the focus away, which would put the keyboard down.
        onPointerDown={(event) => event.preventDefault()}
        onClick={onControl}
        className={cx(keyClass, isControl ? "bg-accent text-on-accent" : "bg-raised")}
      >
        Ctrl
      </button>
      {barKeys.map(({ label, name, data }) => (
        <button
          key={label}
          type="button"
          aria-label={label === name ? undefined : `${label} ${name}`}
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => onKey(data)}
          className={cx(keyClass, "bg-raised")}
        >
          {label}
        </button>
      ))}
    </div>
  );
}
