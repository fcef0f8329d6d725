import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { Dialog as Radix } from "radix-ui";
import { useDeferredValue, useId, useState, type KeyboardEvent } from "react";
import { templateList } from "../../queries/templates.ts";
import { useWorkspaceAction, workspaceSearch } from "../../queries/workspaces.ts";
import { chooseTheme } from "../../theme/theme.ts";
import { cx } from "../../ui/class-names.ts";
import { useFocusReturn } from "../../ui/focus-return.ts";
import { Icon } from "../../ui/Icon.tsx";
import { say } from "../../ui/say.ts";
import { errorWords } from "../../words/error-words.ts";
import { paletteItems, workspaceWords, type PaletteItem } from "./palette-items.ts";

/** Reaches every workspace, page and action by typing. */
export function Palette({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const focusReturn = useFocusReturn();
  return (
    <Radix.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 animate-appear bg-scrim" />
        <Radix.Content
          {...focusReturn}
          aria-describedby={undefined}
          className="fixed top-[10vh] left-1/2 z-40 w-[min(94vw,36rem)] -translate-x-1/2 animate-appear overflow-hidden rounded-lg border border-line bg-raised shadow-float"
        >
          <Radix.Title className="sr-only">Find a workspace, a page or an action</Radix.Title>
          <PaletteBox onClose={onClose} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function PaletteBox({ onClose }: { onClose: () => void }) {
  const router = useRouter();
  const act = useWorkspaceAction();
  const listId = useId();
  const [search, setSearch] = useState("");
  const [chosen, setChosen] = useState(0);
  const { data: found } = useQuery(workspaceSearch(workspaceWords(useDeferredValue(search))));
  const { data: templates } = useQuery(templateList);
  const items = paletteItems(search, { workspaces: found?.workspaces ?? [], templates: templates ?? [] });
  const at = Math.min(chosen, items.length - 1);

  function carryOut({ deed, label }: PaletteItem) {
    onClose();
    switch (deed.do) {
      case "go":
        return void router.navigate({ href: deed.href });
      case "theme":
        return chooseTheme(deed.theme);
      case "act":
        return act.mutate(deed, {
          onSuccess: () => say({ text: `${label}: begun.` }),
          onError: (error) => say({ text: errorWords(error).title, tone: "bad" }),
        });
    }
  }

  function onKeyDown(event: KeyboardEvent) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const item = items[at];
    if (step !== undefined && items.length > 0) setChosen((at + step + items.length) % items.length);
    else if (event.key === "Enter" && item) carryOut(item);
    else return;
    event.preventDefault();
  }

  return (
    <>
      <div className="flex items-center gap-2 border-b border-line px-3">
        <Icon name="search" className="text-muted" />
        <input
          role="combobox"
          aria-label="Find a workspace, a page or an action"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={items[at] && `${listId}-${items[at].id}`}
          autoFocus
          autoComplete="off"
          spellCheck={false}
          placeholder="A workspace, a page, or what to do: stop dev"
          value={search}
          onChange={(event) => {
            setSearch(event.target.value);
            setChosen(0);
          }}
          onKeyDown={onKeyDown}
          className="h-11 min-w-0 grow bg-transparent outline-none"
        />
      </div>
      <ul id={listId} role="listbox" aria-label="What was found" className="max-h-[50vh] overflow-y-auto p-1">
        {items.map((item, i) => (
          // The keys are those of the text above, which keeps the focus: `aria-activedescendant`.
          <li
            key={item.id}
            id={`${listId}-${item.id}`}
            role="option"
            aria-selected={i === at}
            ref={i === at ? (row) => row?.scrollIntoView({ block: "nearest" }) : undefined}
            onMouseMove={() => setChosen(i)}
            onClick={() => carryOut(item)}
            className={cx("flex h-9 items-center gap-2 rounded-sm px-2", i === at && "bg-pressed")}
          >
            <Icon name={item.icon} className="text-muted" />
            <span className="min-w-0 grow truncate">{item.label}</span>
            {item.hint !== undefined && <span className="text-sm text-muted">{item.hint}</span>}
          </li>
        ))}
      </ul>
      <p role="status" className={items.length === 0 ? "px-3 pb-3 text-muted" : "sr-only"}>
        {items.length === 0 ? "Nothing of that name. Try the name of a workspace, or start, stop, create." : ""}
      </p>
    </>
  );
}
