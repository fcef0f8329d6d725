import { ApiError, type ErrorCode } from "@hearth/sdk";

/** An error as the page tells it. */
export interface ErrorWords {
  /** What happened, and to what. */
  readonly title: string;
  /** What to do, or the technical side, where there is one. */
  readonly advice: string | undefined;
  /** What to quote when asking for help. */
  readonly id: string | undefined;
  /** By field name, what is wrong with it. */
  readonly fields: Readonly<Record<string, string>>;
}

/** What people can do about it, where the server's own sentence does not say. */
const advice: Partial<Record<ErrorCode, string>> = {
  not_authenticated: "Log in again.",
  forbidden: "Ask an owner of this deployment for the right to do it.",
  not_found: "It may have been deleted or renamed, or you may not see it.",
  build_active: "Wait until the build has ended, or cancel it.",
  conflict: "Look again: somebody may have been faster.",
  rate_limited: "Wait a minute, then try again.",
  unavailable: "It is tried again by itself; if it stays away, look at the server's log.",
  agent_unreachable: "The workspace's agent is not connected: see its log.",
  too_large: "Send less at once.",
};

/** A fault of the server answers with an id in its detail, which its log repeats. */
const idPattern = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/i;

/** Turns whatever was thrown into words: the one place where errors become sentences. */
export function errorWords(error: unknown): ErrorWords {
  if (error instanceof ApiError) {
    const id = error.code === "internal" ? idPattern.exec(`${error.detail} ${error.message}`)?.[0] : undefined;
    return {
      title: sentence(error.message),
      advice:
        advice[error.code] ?? (error.detail === undefined || id !== undefined ? undefined : sentence(error.detail)),
      id,
      fields: Object.fromEntries(error.validations.map(({ field, detail }) => [field, sentence(detail)])),
    };
  }
  return {
    title: "Something went wrong on this page.",
    advice: "Reload it. If that does not help, tell whoever runs this deployment what you did.",
    id: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    fields: {},
  };
}

/** What is wrong besides the fields that a form shows itself: all of it in one sentence, or nothing. */
export function remainingWords(error: unknown, shownFields: readonly string[]): string | undefined {
  const words = errorWords(error);
  const others = Object.entries(words.fields).filter(([field]) => !shownFields.includes(field));
  const isAllShown = Object.keys(words.fields).length > 0 && others.length === 0;
  if (isAllShown) return undefined;
  return [words.title, words.advice, ...others.map(([field, detail]) => `${field}: ${detail}`)]
    .filter((part) => part !== undefined)
    .join(" ");
}

/** Every error reads as a sentence, whoever wrote it. */
function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "") return trimmed;
  const capital = trimmed[0]?.toUpperCase() + trimmed.slice(1);
  return /[.!?…:]$/.test(capital) ? capital : `${capital}.`;
}
