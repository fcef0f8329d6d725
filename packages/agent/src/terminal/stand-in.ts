import type * as xterm from "@xterm/headless";
import type { TerminalSize } from "#processes/processes.ts";

/** What a terminal says of its colours when nobody looks at it: xterm's grey on black. */
const colours: Readonly<Record<number, string>> = {
  10: "rgb:d0d0/d0d0/d0d0",
  11: "rgb:0000/0000/0000",
  12: "rgb:d0d0/d0d0/d0d0",
};

/**
 * What an xterm of that size, on which `shown` stands, answers to `output`. For when nobody is attached who could: it is
 * the terminal that the next client will see.
 */
export async function answersTo(output: Buffer, shown: Buffer, { rows, columns }: TerminalSize): Promise<string> {
  const terminal = await openTerminal(rows, columns);
  try {
    await write(terminal, shown);
    let answers = "";
    terminal.onData((data) => (answers += data));
    for (const first of [10, 11, 12]) {
      terminal.parser.registerOscHandler(first, (text) => {
        for (const [at, asked] of text.split(";").entries()) {
          const colour = colours[first + at];
          if (asked === "?" && colour !== undefined) answers += `\u001b]${first + at};${colour}\u001b\\`;
        }
        return true;
      });
    }
    await write(terminal, output);
    return answers;
  } finally {
    terminal.dispose();
  }
}

/** Loaded when it is first needed: few programs ask while nobody looks. */
async function openTerminal(rows: number, cols: number): Promise<xterm.Terminal> {
  // The library is one script: what it exports is the default of the module that Node makes of it.
  const library = (await import("@xterm/headless")) as unknown as { default: typeof xterm };
  return new library.default.Terminal({ rows, cols, scrollback: 0, allowProposedApi: true });
}

function write(terminal: xterm.Terminal, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => terminal.write(bytes, resolve));
}
