/** What somebody asks of the demo model, as far as it understands. */
export type Wish =
  | { readonly kind: "greet" }
  | { readonly kind: "create"; readonly template: string | undefined }
  | { readonly kind: "run"; readonly command: string }
  | { readonly kind: "write"; readonly path: string; readonly content: string }
  | { readonly kind: "read"; readonly path: string };

/** Where one wish ends and the next begins. */
const between =
  /(?:[,;.]\s+|\n+|,?\s+)(?:and then|then|and)\s+(?=(?:run|write|read|create|start|show)\b)|\n+(?=(?:run|write|read|create|show)\b)/i;

/** The wishes of a message, in order; none where nothing is understood. Pure. */
export function readWishes(text: string): Wish[] {
  const wishes = splitWishes(text.trim()).flatMap((part) => wishOf(part.trim()) ?? []);
  const doing = wishes.filter(({ kind }) => kind !== "greet");
  return doing.length > 0 ? doing : wishes;
}

/** A file's text goes on to the end of the message where a code block holds it. */
function splitWishes(text: string): string[] {
  const blocks: string[] = [];
  const open = text.replaceAll(
    /```[^\n`]*\n([\s\S]*?)```|`([^`\n]+)`/g,
    (block) => `\u0000${blocks.push(block) - 1}\u0000`,
  );
  // eslint-disable-next-line no-control-regex -- what was put there
  const close = (part: string) => part.replaceAll(/\u0000(\d+)\u0000/g, (_, at: string) => blocks[Number(at)] ?? "");
  return open.split(between).map(close);
}

function wishOf(text: string): Wish | undefined {
  const create =
    /^(?:please\s+)?(?:create|make|start|give me|i (?:want|need)).{0,20}\bworkspace\b(?:.*\bfrom\s+(?:the\s+)?(?:template\s+)?["'`]?([\w-]+))?/i.exec(
      text,
    );
  if (create !== null) return { kind: "create", template: create[1] };
  const run = /^(?:please\s+)?(?:run|execute)\s+([\s\S]+)$/i.exec(text);
  if (run?.[1] !== undefined) return { kind: "run", command: unquoted(run[1]) };
  const write =
    /^(?:please\s+)?(?:write|create)\s+(?:a\s+|the\s+)?(?:file\s+)?[`"']?([~./\w-]*\w)[`"']?\s*(?:with(?:\s+the)?(?:\s+(?:content|text))?|containing|that says|:)\s*:?\s*([\s\S]+)$/i.exec(
      text,
    );
  if (write?.[1] !== undefined && write[2] !== undefined) {
    return { kind: "write", path: write[1], content: withNewline(unquoted(write[2])) };
  }
  const read =
    /^(?:please\s+)?(?:read|show(?:\s+me)?|cat)\s+(?:the\s+)?(?:file\s+)?[`"']?([~./\w-]*\w)[`"']?\s*\.?$/i.exec(text);
  if (read?.[1] !== undefined) return { kind: "read", path: read[1] };
  return /^(?:hi|hello|hey|help|good (?:morning|evening|day)|what can you do|who are you)\b/i.test(text)
    ? { kind: "greet" }
    : undefined;
}

function unquoted(text: string): string {
  const block = /```[^\n`]*\n([\s\S]*?)```/.exec(text);
  if (block?.[1] !== undefined) return block[1].replace(/\n$/, "");
  const quoted = /^(["'`])([\s\S]*)\1\.?$/.exec(text.trim());
  return quoted?.[2] ?? text.trim();
}

const withNewline = (text: string): string => (text.endsWith("\n") ? text : `${text}\n`);
