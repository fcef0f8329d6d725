import { HearthError, messageOf } from "@hearth/base";
import { RE2JS, RE2JSSyntaxException } from "re2js";

/** How long a pattern may be, in UTF-16 units. */
export const longestPattern = 1_024;

/**
 * How large the patterns of a pass may become together, in instructions of their programs: `[a-z]` is one, and a repeat of
 * 1000 makes a thousand. Ordinary patterns have less than a hundred.
 */
const mostInstructions = 20_000;

/**
 * How much the matches of a pass may cost together at worst, in instructions times code units. RE2 needs up to 0.1 µs for
 * each: a second for patterns made to take long, a hundredth of that for others.
 */
const mostWork = 10_000_000;

/** A pattern that cannot be used. The message says why, in words for whoever wrote it. */
export class PatternError extends HearthError {
  override readonly name = "PatternError";
  /** Where in the pattern, in UTF-16 units and as near as RE2 tells it; 0 when it is at fault as a whole. */
  readonly offset: number;

  constructor(message: string, options: { offset?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.offset = options.offset ?? 0;
  }
}

/**
 * Runs the regular expressions that users wrote, in RE2's syntax (https://github.com/google/re2/wiki/Syntax), for one pass:
 * an import, a request, a look at a field. This is the only way to run them: JavaScript's own engine tries alternatives
 * one after the other, and 29 characters can keep it busy for as long as their writer likes.
 */
export class Patterns {
  readonly #compiled = new Map<string, RE2JS | PatternError>();
  #instructions = 0;
  #work = 0;

  /**
   * Looks whether a pattern can be used.
   * @throws PatternError for what RE2 has not (look-around, back-references, repeats above 1000), for broken syntax, and for
   *   what is too long or too large, alone or with the patterns before it
   */
  check(source: string): void {
    this.#compile(source);
  }

  /**
   * Whether a text has a match anywhere in it; `^` and `$` are its ends. Takes time linear in the text's length.
   * @throws PatternError as `check`, and when this match and those before it would take too long
   */
  test(source: string, text: string): boolean {
    const program = this.#compile(source);
    this.#work += program.programSize() * text.length;
    if (this.#work > mostWork) {
      throw new PatternError(`it is too large to be held against a text of ${text.length} characters`);
    }
    return program.test(text);
  }

  #compile(source: string): RE2JS {
    const known = this.#compiled.get(source);
    const compiled = known ?? this.#compileWithin(source);
    if (!known) this.#compiled.set(source, compiled);
    if (compiled instanceof PatternError) throw compiled;
    return compiled;
  }

  #compileWithin(source: string): RE2JS | PatternError {
    if (source.length > longestPattern) {
      return new PatternError(`it is ${source.length} characters long; at most ${longestPattern} are allowed`);
    }
    const tooLarge = `its repeats, with those of other patterns, unroll to more than the ${mostInstructions} steps allowed`;
    if (this.#instructions > mostInstructions) return new PatternError(tooLarge);
    const compiled = compile(source);
    if (compiled instanceof PatternError) return compiled;
    this.#instructions += compiled.programSize();
    return this.#instructions > mostInstructions ? new PatternError(tooLarge) : compiled;
  }
}

function compile(source: string): RE2JS | PatternError {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) {
      return new PatternError(messageOf(error), { cause: error });
    }
    const fragment = error.getPattern() ?? "";
    const offset = Math.max(0, source.indexOf(fragment));
    return new PatternError(reason(error.getDescription(), fragment), { offset, cause: error });
  }
}

function reason(description: string, fragment: string): string {
  const shown = JSON.stringify(fragment.length > 60 ? `${fragment.slice(0, 60)}…` : fragment);
  if (/^\(\?<?[=!]/.test(fragment)) return `there is no look-ahead and no look-behind, as in ${shown}`;
  if (/^\\[1-9]/.test(fragment)) return `there are no back-references, such as ${shown}`;
  if (/^\{\d/.test(fragment)) {
    return `the repeat ${shown} is too large: 1000 is the most, also for repeats inside repeats together`;
  }
  return fragment === "" ? description : `${description}: ${shown}`;
}
