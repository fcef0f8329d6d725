import type { Workspace, WorkspaceAgent } from "@hearth/sdk";
import { useRef, useState, type ReactNode } from "react";
import { useMedia } from "../../components/use-media.ts";
import { IconButton } from "../../ui/Button.tsx";
import { cx } from "../../ui/class-names.ts";
import { withControl } from "./control-key.ts";
import { KeyBar } from "./KeyBar.tsx";
import { addShell, removeShell, renewShell } from "./shells.ts";
import { TerminalView, type TerminalHandle } from "./TerminalView.tsx";
import { useShells } from "./use-shells.ts";

interface TerminalTabsProps {
  workspace: Workspace;
  agent: WorkspaceAgent;
  start?: ReactNode;
}

/** Several shells of one agent; all of them stay attached, one is seen. */
export function TerminalTabs({ workspace, agent, start }: TerminalTabsProps) {
  const { shells, change } = useShells(workspace.id, agent.name);
  const [titles, setTitles] = useState<Readonly<Record<string, string>>>({});
  const [isControl, setControl] = useState(false);
  const isNarrow = useMedia("(max-width: 640px), (pointer: coarse)");
  const handles = useRef(new Map<string, TerminalHandle>());
  const tabRow = useRef<HTMLDivElement>(null);

  function transform(data: string): string {
    if (!isControl) return data;
    setControl(false);
    return withControl(data);
  }
  const focusActive = () => handles.current.get(shells.active)?.focus();

  return (
    <div className="flex h-full min-h-0 flex-col bg-terminal">
      <div className="flex h-10 shrink-0 items-center gap-1 border-b border-line bg-surface px-2">
        {start}
        <div ref={tabRow} role="group" aria-label="Shells" className="flex min-w-0 gap-1 overflow-x-auto p-0.5">
          {shells.tabs.map(({ id, number }) => {
            const isActive = id === shells.active;
            const title = titles[id] ?? `Shell ${number}`;
            return (
              <button
                key={id}
                type="button"
                aria-pressed={isActive}
                onClick={() => {
                  change((now) => ({ ...now, active: id }));
                  focusActive();
                }}
                className={cx(
                  "h-7 max-w-48 shrink-0 truncate rounded-md px-2.5 text-sm font-medium transition-colors",
                  isActive ? "bg-pressed" : "text-muted hover:bg-hover hover:text-text",
                )}
              >
                {title}
              </button>
            );
          })}
        </div>
        <IconButton icon="plus" name="New shell" onClick={() => change(addShell)} />
        <div className="grow" />
        {shells.tabs.length > 1 && (
          <IconButton
            icon="cross"
            name="Close this shell"
            onClick={() => change((now, newId) => removeShell(now, now.active, newId))}
          />
        )}
      </div>
      <div className="min-h-0 grow">
        {shells.tabs.map(({ id, number }) => (
          <TerminalView
            key={id}
            ref={(handle) => {
              if (handle) handles.current.set(id, handle);
              return () => void handles.current.delete(id);
            }}
            agentId={agent.id}
            shellId={id}
            label={`Shell ${number} of ${workspace.name}`}
            isActive={id === shells.active}
            transform={transform}
            onTitle={(title) => setTitles((all) => ({ ...all, [id]: title }))}
            onRenew={() => change((now, newId) => renewShell(now, id, newId))}
            onLeave={() => tabRow.current?.querySelector<HTMLElement>('[aria-pressed="true"]')?.focus()}
          />
        ))}
      </div>
      {isNarrow && (
        <KeyBar
          isControl={isControl}
          onControl={() => {
            setControl(!isControl);
            focusActive();
          }}
          onKey={(data) => {
            handles.current.get(shells.active)?.type(transform(data));
            focusActive();
          }}
        />
      )}
      <p className="sr-only">In a shell, Tab belongs to the shell: Shift Escape leaves it.</p>
    </div>
  );
}
