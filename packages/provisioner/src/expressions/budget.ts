import { Fault } from "./problem.ts";
import type { Value } from "./value.ts";

/** Characters that one evaluation may read and make in all, and make in one text. Scripts are far below. */
const allCharacters = 16 * 1024 * 1024;
const longestText = 1024 * 1024;

/** Counts what an evaluation reads and makes, so that no expression can fill the memory or go on for ever. */
export class Budget {
  #left = allCharacters;

  /** Says that these operands will be looked at. @throws Fault when that is too much */
  read(operands: readonly Value[]): void {
    for (const operand of operands) this.#spend(sizeOf(operand));
  }

  /** Says that a text of so many characters is about to be made. @throws Fault before it is */
  make(characters: number): void {
    if (characters > longestText) {
      throw new Fault(`A text may be ${longestText} characters long; this would be longer.`);
    }
    this.#spend(characters);
  }

  /** A text that was made, of a size like its operands'. */
  text(made: string): string {
    this.make(made.length);
    return made;
  }

  #spend(characters: number): void {
    this.#left -= characters + 1;
    if (this.#left < 0) throw new Fault("The expression does too much.");
  }
}

function sizeOf(value: Value): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object") return 1;
  return value.reduce<number>((sum, element) => sum + sizeOf(element), 0);
}
