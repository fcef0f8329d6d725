import type { TextStreamPart, ToolSet } from "ai";
import type { ProviderMetadata } from "./prompt-message.ts";
import type { StepPart } from "./step-part.ts";

type SdkPart = TextStreamPart<ToolSet>;

interface Open {
  text: string[];
  readonly createdAt: string;
  metadata: ProviderMetadata | undefined;
  readonly index: number;
}

/**
 * Turns what the library streams into parts of a message: {@link take} gives what is new, {@link joined} all of it, in the
 * order in which each began.
 */
export class PartCollector {
  readonly #nowMs: () => number;
  readonly #done = new Map<number, StepPart>();
  readonly #open = new Map<string, Open>();
  /** Names of the calls whose arguments come. */
  readonly #names = new Map<string, string>();
  #count = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** What a part of the stream adds; nothing for most kinds. */
  take(part: SdkPart): StepPart | undefined {
    const { type } = part;
    if (type === "text-start" || type === "text-end") this.#border("text", part);
    if (type === "reasoning-start" || type === "reasoning-end") this.#border("reasoning", part);
    if (type === "text-delta") return this.#more("text", part.id, part.text);
    if (type === "reasoning-delta") return this.#more("reasoning", part.id, part.text);
    if (type === "tool-input-start") this.#names.set(part.id, part.toolName);
    if (type === "tool-input-delta" && part.delta !== "") {
      const { id, delta } = part;
      return { type: "tool-call", tool_call_id: id, tool_name: this.#names.get(id) ?? "", args_delta: delta };
    }
    const whole = wholePart(part, this.#now());
    if (whole !== undefined) this.#done.set(this.#count++, whole);
    return whole;
  }

  /** Everything that was said, those parts that have not ended among it. */
  joined(): StepPart[] {
    for (const key of this.#open.keys()) {
      const [type, id] = splitKey(key);
      this.#end(type, id, undefined);
    }
    return [...this.#done].toSorted(([a], [b]) => a - b).map(([, part]) => part);
  }

  #border(
    type: "text" | "reasoning",
    part: Extract<SdkPart, { type: `${"text" | "reasoning"}-${"start" | "end"}` }>,
  ): void {
    if (part.type.endsWith("-start")) this.#begin(type, part.id, part.providerMetadata);
    else this.#end(type, part.id, part.providerMetadata);
  }

  #begin(type: "text" | "reasoning", id: string, given: unknown): Open {
    const open: Open = { text: [], createdAt: this.#now(), metadata: asMetadata(given), index: this.#count++ };
    this.#open.set(keyOf(type, id), open);
    return open;
  }

  #more(type: "text" | "reasoning", id: string, text: string): StepPart | undefined {
    if (text === "") return undefined;
    const open = this.#open.get(keyOf(type, id)) ?? this.#begin(type, id, undefined);
    open.text.push(text);
    return type === "text" ? { type, text } : { type, text, created_at: open.createdAt };
  }

  #end(type: "text" | "reasoning", id: string, given: unknown): void {
    const key = keyOf(type, id);
    const open = this.#open.get(key);
    if (open === undefined) return;
    this.#open.delete(key);
    const text = open.text.join("");
    const all = { ...metadata(open.metadata), ...metadata(given) };
    // What thinks without words is kept for what its provider wants to see again.
    if (text === "" && (type === "text" || all.provider_metadata === undefined)) return;
    this.#done.set(
      open.index,
      type === "text"
        ? { type, text, ...all }
        : { type, text, created_at: open.createdAt, completed_at: this.#now(), ...all },
    );
  }

  #now(): string {
    return new Date(this.#nowMs()).toISOString();
  }
}

/** What comes in one piece; undefined for all else. Pure. */
function wholePart(part: SdkPart, now: string): StepPart | undefined {
  if (part.type === "tool-call") {
    return {
      type: "tool-call",
      tool_call_id: part.toolCallId,
      tool_name: part.toolName,
      args: part.input as unknown, // of any tool
      ...(part.providerExecuted === true ? { provider_executed: true } : {}),
      created_at: now,
      ...metadata(part.providerMetadata),
    };
  }
  if (part.type === "tool-result") {
    // No tool of ours has run: it is one of the provider's.
    return {
      type: "tool-result",
      tool_call_id: part.toolCallId,
      tool_name: part.toolName,
      result: part.output as unknown, // of any tool
      provider_executed: true,
      created_at: now,
    };
  }
  if (part.type !== "source" || part.sourceType !== "url") return undefined;
  return {
    type: "source",
    url: part.url,
    source_id: part.id,
    ...(part.title === undefined ? {} : { title: part.title }),
  };
}

const keyOf = (type: "text" | "reasoning", id: string): string => `${type} ${id}`;

function splitKey(key: string): ["text" | "reasoning", string] {
  const at = key.indexOf(" ");
  return [key.slice(0, at) as "text" | "reasoning", key.slice(at + 1)]; // as keyOf puts it
}

function asMetadata(given: unknown): ProviderMetadata | undefined {
  return given === undefined ? undefined : (given as ProviderMetadata); // the library's type for the same
}

function metadata(given: unknown): { provider_metadata?: ProviderMetadata } {
  const known = asMetadata(given);
  return known === undefined ? {} : { provider_metadata: known };
}
