import { createStyle } from "#means/style.ts";
import { helpOf } from "./parser.ts";
import { isLeaf, walk, type Sections } from "./tree.ts";

/** The manual page of all commands, in Markdown: what `--help` says of each, by section. */
export async function renderManual(sections: Sections): Promise<string> {
  const look = { columns: 100, style: createStyle(false) };
  const parts = [introduction];
  for (const [heading, commands] of Object.entries(sections)) {
    parts.push(`## ${heading}`);
    for (const { path, aliases, node } of walk(commands)) {
      if (!isLeaf(node)) continue;
      const help = helpOf(path, aliases, await node.load(), look);
      parts.push(`### \`hearth ${path.join(" ")}\``, `\`\`\`text\n${withoutGlobals(help).trim()}\n\`\`\``);
    }
  }
  return `${parts.join("\n\n")}\n`;
}

/** The options that every command has are told once, at the top. */
function withoutGlobals(help: string): string {
  return help.replace(/\nGlobal options:\n(?: .*\n)+/, "");
}

const introduction = `# The command line

<!-- Made from the command tree (packages/cli/src/tree.ts); \`npx vitest run --project unit -u packages/cli/src/tree.test.ts\` makes it anew. -->

\`hearth <command> --help\` says what is below. The result of a command goes to standard output, everything else to standard
error; \`--output json\` prints the API's own shape.

| everywhere                                             |                                                                           |
| ------------------------------------------------------ | ------------------------------------------------------------------------- |
| \`--url\`, \`HEARTH_URL\`                                  | address of the server                                                     |
| \`--token\`, \`HEARTH_SESSION_TOKEN\`                      | session token to use                                                      |
| \`--global-config\`, \`HEARTH_CONFIG_DIR\`                 | directory of the files \`url\` and \`session\`; without it \`~/.config/hearth\` |
| \`CODER_URL\`, \`CODER_SESSION_TOKEN\`, \`CODER_CONFIG_DIR\` | are taken where ours are not set                                          |
| \`NO_COLOR\`                                             | no colours                                                                |
| \`--yes\`, or standard input that is no terminal         | asks nothing and takes the defaults                                       |

| exit status |                       |
| ----------- | --------------------- |
| 0           | done                  |
| 1           | failed                |
| 2           | wrong usage           |
| 130         | interrupted by Ctrl-C |

\`hearth ssh\` ends with the exit status of the shell or command.`;
