import { readWishes, type Wish } from "./read-wishes.ts";

/** A message as OpenAI's chat completions have it: as much as the rules look at. */
export interface DemoMessage {
  readonly role: string;
  readonly content?: unknown;
  readonly tool_calls?: readonly { readonly function: { readonly name: string } }[] | undefined;
}

/** What the demo model says next. */
export interface DemoAnswer {
  readonly text: string;
  readonly call?: { readonly name: string; readonly args: Readonly<Record<string, unknown>> };
}

const introduction =
  "I am the demo model: a few rules inside this server, no language model. I understand: *create a workspace*, " +
  "*run `command`*, *write file.txt with some text* and *read file.txt*, also several of them joined by *then*. " +
  "An owner of the deployment adds a real model under the settings for AI providers.";

/**
 * The next step for what the last message of a person asked: a call of a tool, or what its result was. Pure: the conversation
 * is all that it knows.
 */
export function nextAnswer(messages: readonly DemoMessage[], tools: readonly string[]): DemoAnswer {
  const asked = messages.findLastIndex(({ role }) => role === "user");
  const wishes = readWishes(textOf(messages[asked]?.content));
  const since = messages.slice(asked + 1);
  const steps = wishes.flatMap(stepsOf);
  const results = since.filter(({ role }) => role === "tool").map(({ content }) => resultOf(content));
  const last = results.at(-1);
  const told = last === undefined ? "" : tell(steps[results.length - 1], last);
  if (steps.length === 0)
    return { text: wishes.length > 0 ? introduction : `I do not understand that. ${introduction}` };
  if (last !== undefined && isFailure(last)) return { text: told };
  const next = steps[results.length];
  if (next === undefined) return { text: told };
  if (!tools.includes(next.tool))
    return { text: joined(told, `For this I would need the tool ${next.tool}, which this chat does not have.`) };
  return { text: joined(told, next.announce), call: { name: next.tool, args: next.args(last) } };
}

interface Step {
  readonly tool: string;
  readonly announce: string;
  /** Of the result of the step before. */
  args(before: Result | undefined): Readonly<Record<string, unknown>>;
}

type Result = Readonly<Record<string, unknown>>;

function stepsOf(wish: Wish): Step[] {
  switch (wish.kind) {
    case "greet":
      return [];
    case "create":
      return [
        {
          tool: "list_templates",
          announce: "I look which templates there are.",
          args: () => (wish.template === undefined ? {} : { query: wish.template }),
        },
        {
          tool: "create_workspace",
          announce: "I create the workspace.",
          args: (before) => ({ template_id: templateOf(before, wish.template) }),
        },
      ];
    case "run":
      return [{ tool: "execute", announce: `I run \`${wish.command}\`.`, args: () => ({ command: wish.command }) }];
    case "write":
      return [
        {
          tool: "write_file",
          announce: `I write ${wish.path}.`,
          args: () => ({ path: wish.path, content: wish.content }),
        },
      ];
    case "read":
      return [{ tool: "read_file", announce: `I read ${wish.path}.`, args: () => ({ path: wish.path }) }];
  }
}

function templateOf(listed: Result | undefined, name: string | undefined): string {
  const templates = Array.isArray(listed?.["templates"]) ? (listed["templates"] as Result[]) : []; // what the tool gives
  const named = name === undefined ? undefined : templates.find((template) => template["name"] === name);
  const recommended = textIn(listed, "recommended_template_id");
  return named === undefined && recommended !== "" ? recommended : textIn(named ?? templates[0], "id");
}

function tell(step: Step | undefined, result: Result): string {
  if (isFailure(result)) return `That did not work: ${textIn(result, "error")}`;
  if (step?.tool === "list_templates") return "";
  if (step?.tool === "create_workspace") return `The workspace ${textIn(result, "workspace_name")} is there.`;
  if (step?.tool === "read_file") return blockOf(textIn(result, "content"));
  if (step?.tool !== "execute") return "Done.";
  const output = textIn(result, "output").trimEnd();
  const code = result["exit_code"];
  const end = typeof code === "number" && code !== 0 ? `\n\nIt ended with the exit code ${code}.` : "";
  return (output === "" ? "It printed nothing." : `It printed:\n\n${blockOf(output)}`) + end;
}

const blockOf = (text: string): string => `\`\`\`\n${text}\n\`\`\``;

function textIn(result: Result | undefined, name: string): string {
  const value = result?.[name];
  return typeof value === "string" ? value : "";
}

const isFailure = (result: Result): boolean => typeof result["error"] === "string" && result["exit_code"] === undefined;

const joined = (...texts: readonly string[]): string => texts.filter((text) => text !== "").join("\n\n");

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return (content as { readonly text?: unknown }[])
    .map(({ text }) => (typeof text === "string" ? text : ""))
    .join("\n");
}

function resultOf(content: unknown): Result {
  const text = textOf(content);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Result; // a JSON object
  } catch {
    // A tool may answer with plain words.
  }
  return { error: text };
}
