import { systemClock } from "@hearth/base";
import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { cx } from "../../ui/class-names.ts";
import { controlClass } from "../../ui/Field.tsx";
import { Icon } from "../../ui/Icon.tsx";
import { completions, type Completion } from "./filter-completions.ts";
import { useShortcuts } from "../../keys/use-shortcuts.ts";

/** After the last key stroke; each change is a query for the server. */
const pauseMs = 250;

interface FilterBoxProps {
  filter: string;
  onFilter: (filter: string) => void;
  templateNames: readonly string[];
  /** What the server says is wrong with the filter. */
  error: string | undefined;
}

/** Filters a list in the API's query language, and offers what can be typed next. `/` leads here. */
export function FilterBox({ filter, onFilter, templateNames, error }: FilterBoxProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(filter);
  const [isOpen, setOpen] = useState(false);
  const [chosen, setChosen] = useState(-1);
  const waiting = useRef<AbortController>(undefined);
  const [seen, setSeen] = useState(filter);
  const [applied, setApplied] = useState(filter);
  // The filter changed elsewhere (back, a link): the box follows. What this box applied is older than what is typed.
  if (seen !== filter) {
    setSeen(filter);
    if (filter !== applied) setTyped(filter);
  }
  useShortcuts({ search: () => input.current?.select() });
  useEffect(() => () => waiting.current?.abort(), []);

  const offers = isOpen ? completions(typed, templateNames) : [];

  function apply(next: string) {
    waiting.current?.abort();
    if (next.trim() === filter) return;
    setApplied(next.trim());
    onFilter(next.trim());
  }
  async function applyLater(next: string, signal: AbortSignal) {
    await systemClock.sleep(pauseMs, { signal, tag: "filter" }).catch(() => undefined); // typed on
    if (!signal.aborted) apply(next);
  }
  function type(next: string) {
    setTyped(next);
    setOpen(true);
    setChosen(-1);
    waiting.current?.abort();
    const pause = (waiting.current = new AbortController());
    // A key is no question yet, its value is still to come.
    if (next.endsWith(":")) return;
    void applyLater(next, pause.signal);
  }
  function choose(offer: Completion) {
    type(offer.filter);
    input.current?.focus();
    if (!offer.filter.endsWith(":")) apply(offer.filter);
  }
  function onKeyDown(event: KeyboardEvent) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const offer = offers[chosen];
    if (step !== undefined && !isOpen) setOpen(true);
    else if (step !== undefined && offers.length > 0)
      setChosen(Math.max(-1, Math.min(offers.length - 1, chosen + step)));
    else if ((event.key === "Enter" || event.key === "Tab") && offer) choose(offer);
    else if (event.key === "Enter") {
      setOpen(false);
      apply(typed);
      return;
    } else if (event.key === "Escape" && isOpen) setOpen(false);
    else return;
    event.preventDefault();
  }

  return (
    <div className="relative min-w-0 grow">
      <Icon name="search" className="pointer-events-none absolute top-2.5 left-2.5 text-muted" />
      <input
        ref={input}
        role="combobox"
        aria-label="Filter workspaces"
        aria-expanded={offers.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={offers[chosen] && `${id}-${chosen}`}
        aria-invalid={error === undefined ? undefined : true}
        aria-describedby={error === undefined ? undefined : `${id}-error`}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        placeholder="owner:me status:running"
        value={typed}
        onChange={(event) => type(event.target.value)}
        onFocus={() => setOpen(true)}
        onBlur={() => {
          setOpen(false);
          apply(typed);
        }}
        onKeyDown={onKeyDown}
        className={cx(controlClass, "h-9 pl-8")}
      />
      <ul
        id={`${id}-list`}
        role="listbox"
        aria-label="What can be typed next"
        hidden={offers.length === 0}
        className="absolute z-30 mt-1 max-h-80 w-full max-w-md overflow-y-auto rounded-md border border-line bg-raised p-1 shadow-float"
      >
        {offers.map((offer, i) => (
          <li
            key={offer.label}
            id={`${id}-${i}`}
            role="option"
            aria-selected={i === chosen}
            onMouseDown={(event) => {
              event.preventDefault();
              choose(offer);
            }}
            className={cx("flex h-8 items-center gap-3 rounded-sm px-2 hover:bg-hover", i === chosen && "bg-hover")}
          >
            <code className="font-mono text-sm">{offer.label}</code>
            <span className="truncate text-sm text-muted">{offer.means}</span>
          </li>
        ))}
      </ul>
      {error !== undefined && (
        <p id={`${id}-error`} role="alert" className="mt-1 text-sm text-bad">
          {error}
        </p>
      )}
    </div>
  );
}
