type Json = Record<string, unknown>;

const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
/** What stands for "not given", and what was asked for because nobody has it. */
const nobody = new Set(["00000000-0000-0000-0000-000000000000", "11111111-2222-4333-8444-555555555555"]);
/** By what two lists' elements are known to be the same thing, where their ids are not known yet. */
const names = ["name", "Name", "token_name", "username", "slug", "key", "display_name"];

/** Fields whose values the contract fixes, and the request or what was done before: they are compared, not their type alone. */
const words = new Set(
  "status transition reason build_number lifecycle_state login_type automatic_updates ttl_ms autostart_schedule outdated favorite archived scope username email".split(
    " ",
  ),
);

/**
 * What is not the same thing for long: which worker does what is chance, there as here; an app is a new row with each
 * build, where the state of Terraform kept its id.
 */
const passing = /(^|\.)(worker_id|previous_job|current_job|apps)\b/;

/**
 * Which id of ours stands for which recorded one: learned from answers, used in what is asked next. An id is a UUID
 * anywhere, or a text in a field `id`.
 */
export class Correspondence {
  readonly #ours = new Map<string, string>();

  /**
   * Learns from an answer. Says, one sentence each, where it means something else than the recording does: the same
   * recorded id is always the same one of ours, and the words of the contract are the same.
   */
  learn(recorded: unknown, given: unknown, at = ""): string[] {
    if (passing.test(at)) return [];
    const field = at.slice(at.lastIndexOf(".") + 1);
    if (words.has(field) && given !== undefined && !isObject(recorded)) {
      return recorded === given ? [] : [`${at}: ${JSON.stringify(given)}, expected ${JSON.stringify(recorded)}`];
    }
    if (typeof recorded === "string" && typeof given === "string") {
      return isId(field, recorded) ? this.#pair(recorded, given, at) : [];
    }
    if (Array.isArray(recorded) && Array.isArray(given)) {
      return recorded.flatMap((element, index) => this.learn(element, this.#twinOf(element, given), `${at}[${index}]`));
    }
    if (!isObject(recorded) || !isObject(given)) return [];
    return Object.entries(recorded).flatMap(([key, value]) =>
      this.learn(value, given[key], at === "" ? key : `${at}.${key}`),
    );
  }

  /** The text with our ids in the place of the recorded ones. */
  translate(text: string): string {
    return [...this.#ours].reduce((sum, [recorded, ours]) => sum.replaceAll(recorded, ours), text);
  }

  /** The ids in the text that no answer has brought. */
  unknownIn(text: string): string[] {
    return [...text.matchAll(uuid)].map(([id]) => id).filter((id) => !nobody.has(id) && !this.#ours.has(id));
  }

  #pair(recorded: string, given: string, at: string): string[] {
    const before = this.#ours.get(recorded);
    if (before !== undefined) return before === given ? [] : [`${at}: not what it was before`];
    if (!nobody.has(recorded)) this.#ours.set(recorded, given);
    return [];
  }

  /** The element that is the same thing: by its id, by a name, else the first that has agents, as resources are told apart. */
  #twinOf(element: unknown, given: readonly unknown[]): unknown {
    if (!isObject(element)) return undefined;
    const candidates = given.filter(isObject);
    const id = this.#ours.get(String(element["id"]));
    const name = names.find((key) => key in element) ?? "";
    return (
      candidates.find((one) => id !== undefined && one["id"] === id) ??
      candidates.find((one) => name !== "" && one[name] === element[name]) ??
      candidates.find((one) => "agents" in one === "agents" in element)
    );
  }
}

function isId(field: string, value: string): boolean {
  return value !== "" && (field === "id" || value.replace(uuid, "") === "");
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
