import { systemClock } from "@hearth/base";
import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import { useEffect, useImperativeHandle, useRef, useState, type Ref } from "react";
import { useClient } from "../../queries/use-client.ts";
import type { ConnectionState } from "../../streams/keep-connected.ts";
import { TerminalConnection } from "../../streams/terminal-connection.ts";
import { terminalTheme } from "./terminal-theme.ts";
import { TerminalNotice } from "./TerminalNotice.tsx";

/** RIS, ECMA-48 8.3.105. */
const fullReset = "\u001bc";
/** FocusIn/FocusOut (1004), xterm's ctlseqs. */
const focusMode = 1004;
const focusReports = new Set(["\u001b[I", "\u001b[O"]);

/** What the bar of keys and the tabs do with a terminal. */
export interface TerminalHandle {
  type: (data: string) => void;
  focus: () => void;
}

interface TerminalViewProps {
  ref: Ref<TerminalHandle>;
  agentId: string;
  shellId: string;
  label: string;
  /** Only what is seen can be measured, and has the focus. */
  isActive: boolean;
  /** Changes what is typed: the Ctrl of the bar. */
  transform: (data: string) => string;
  onTitle: (title: string) => void;
  /** The shell has ended and another one is wanted. */
  onRenew: () => void;
  /** Shift Escape: the way out for those who have only a keyboard, as Tab belongs to the shell. */
  onLeave: () => void;
}

/** A shell on an agent. It keeps its screen while the connection is cut, and gets the shell's own back afterwards. */
export function TerminalView(props: TerminalViewProps) {
  const { ref, agentId, shellId, label, isActive } = props;
  const client = useClient();
  const host = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  const parts = useRef<{ terminal: Terminal; fit: FitAddon; connection: TerminalConnection }>(undefined);
  const [state, setState] = useState<ConnectionState>({ phase: "connecting", attempt: 1 });
  useEffect(() => {
    latest.current = props;
  });
  useImperativeHandle(
    ref,
    () => ({
      type: (data) => parts.current?.connection.input(data),
      focus: () => parts.current?.terminal.focus(),
    }),
    [],
  );

  useEffect(() => {
    if (!host.current) return;
    const terminal = new Terminal({
      theme: terminalTheme(),
      fontFamily: getComputedStyle(document.documentElement).getPropertyValue("--font-mono") || "monospace",
      fontSize: 13,
      lineHeight: 1.2,
      scrollback: 5_000,
      macOptionIsMeta: true,
      minimumContrastRatio: 4.5,
    });
    const fit = new FitAddon();
    terminal.loadAddon(fit);
    terminal.open(host.current);
    terminal.textarea?.setAttribute("aria-label", `${label}. Shift Escape leaves it.`);
    fit.fit();
    const connection = new TerminalConnection({
      client,
      clock: systemClock,
      agentId,
      shellId,
      size: { rows: terminal.rows, cols: terminal.cols },
      // A full reset in the stream itself: what is still to be drawn comes before it, not after.
      onAttached: () => terminal.write(fullReset),
      onOutput: (bytes, shown) => terminal.write(bytes, shown),
    });
    parts.current = { terminal, fit, connection };
    const unsubscribe = connection.state.subscribe(() => setState(connection.state.get()));
    // xterm.js says where the focus is as soon as reports of it are asked for, where a terminal waits until it moves. What
    // was asked long ago is repeated to us by every replay: nobody is to hear that as typed.
    let unasked = 0;
    terminal.parser.registerCsiHandler({ prefix: "?", final: "h" }, (modes) => {
      unasked += modes.filter((mode) => mode === focusMode).length;
      return false; // and then as always
    });
    terminal.onData((data) => {
      if (unasked > 0 && focusReports.has(data)) {
        unasked--;
        return;
      }
      if (connection.state.get().phase === "ended") {
        if (data === "\r") latest.current.onRenew();
        return;
      }
      connection.input(latest.current.transform(data));
    });
    terminal.onResize((size) => connection.resize(size));
    terminal.onTitleChange((title) => latest.current.onTitle(title));
    terminal.attachCustomKeyEventHandler((event) => {
      if (event.type !== "keydown") return true;
      if (event.key === "Escape" && event.shiftKey) {
        event.preventDefault();
        latest.current.onLeave();
        return false;
      }
      // Ctrl C interrupts; Ctrl Shift C copies. Pasting is the browser's own.
      if (event.code === "KeyC" && event.ctrlKey && event.shiftKey) {
        event.preventDefault();
        navigator.clipboard.writeText(terminal.getSelection()).catch(() => undefined); // not allowed: nothing copied
        return false;
      }
      return !(event.code === "KeyV" && event.ctrlKey && event.shiftKey);
    });
    const observer = new ResizeObserver(() => {
      // A hidden tab has no size; it is measured when it is seen.
      if (host.current?.offsetParent) fit.fit();
    });
    observer.observe(host.current);
    return () => {
      observer.disconnect();
      unsubscribe();
      connection[Symbol.dispose]();
      terminal.dispose();
      parts.current = undefined;
    };
    // The label names it once.
    // oxlint-disable-next-line react/exhaustive-deps -- a changed label is no reason to lose the screen
  }, [client, agentId, shellId]);

  useEffect(() => {
    if (!isActive) return;
    parts.current?.fit.fit();
    parts.current?.terminal.focus();
  }, [isActive, shellId]);

  return (
    <div className="relative h-full min-h-0" hidden={!isActive}>
      <div ref={host} className="h-full overflow-hidden bg-terminal p-2" data-phase={state.phase} />
      <TerminalNotice state={state} onRetry={() => parts.current?.connection.retryNow()} onRenew={props.onRenew} />
    </div>
  );
}
