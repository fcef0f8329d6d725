import type { Help, HelpConfiguration } from "commander";
import type { Style } from "#means/style.ts";

export interface HelpLook {
  readonly columns: number;
  readonly style: Style;
}

/** What does not fit beside this many columns stands above its description. */
const widestTerm = 30;
const indent = 2;
const gap = 2;

/** How help looks: terms on the left, what they mean beside them, wrapped to the terminal's width. */
export function helpLayout({ columns, style }: HelpLook): HelpConfiguration {
  return {
    helpWidth: columns,
    sortSubcommands: false,
    styleTitle: (title) => style.bold(title),
    styleCommandText: (text) => style.cyan(text),
    subcommandTerm: (command) => command.name(),
    formatItem(term: string, termWidth: number, description: string, help: Help) {
      const width = Math.min(termWidth, widestTerm);
      const left = " ".repeat(indent + width + gap);
      const text = help.boxWrap(description, columns - left.length).replaceAll("\n", `\n${left}`);
      const used = help.displayWidth(term);
      const between = used <= width ? " ".repeat(width - used + gap) : `\n${left}`;
      return `${" ".repeat(indent)}${term}${description === "" ? "" : between}${text}`;
    },
  };
}
