/** What became of a change: a test failed, all passed, or no test reaches what was changed. */
export type Fate = "killed" | "survived" | "unreached";

/** One change of the sources, and what the tests said to it. */
export interface Outcome {
  /** Of the repository's root, with slashes. */
  readonly file: string;
  /** Of the change, the first being 1. */
  readonly line: number;
  /** What was there, on one line, and what was put in its place; empty: nothing. */
  readonly text: string;
  readonly by: string;
  readonly fate: Fate;
}

/** A change that alters nothing that anybody could see, with the reason; known by file, text and what replaces it. */
export interface Equivalent extends Pick<Outcome, "file" | "text" | "by"> {
  readonly why: string;
}

/** Why the change is no fault of the tests; undefined: it is one. */
export function reasonFor(outcome: Outcome, equivalents: readonly Equivalent[]): string | undefined {
  return equivalents.find(({ file, text, by }) => outcome.file === file && outcome.text === text && outcome.by === by)
    ?.why;
}
