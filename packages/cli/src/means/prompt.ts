import type { Terminal } from "./terminal.ts";
import { Interrupted, UsageError } from "./failure.ts";

interface Question {
  readonly message: string;
  /** How the answer is given without being asked: `--template`. */
  readonly flag: string;
}

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly hint?: string | undefined;
}

/** Asks the user on the terminal. With `--yes`, or where standard input is none, takes the default and asks nothing. */
export interface Prompt {
  /** Whether anybody can be asked. */
  readonly canAsk: boolean;
  /** Whether to go on; unasked it is `true`, asked it starts at `initial`. */
  confirm(question: { message: string; initial?: boolean }): Promise<boolean>;
  /** @throws UsageError naming the flag, when nobody can be asked and there is no default. */
  text(
    question: Question & { initial?: string | undefined; validate?: (value: string) => string | undefined },
  ): Promise<string>;
  /** @throws UsageError naming the flag, when nobody can be asked. */
  password(question: Question & { validate?: (value: string) => string | undefined }): Promise<string>;
  /** @throws UsageError naming the flag, when nobody can be asked and there is no default. */
  select<Value extends string>(
    question: Question & { choices: readonly Choice<Value>[]; initial?: Value | undefined },
  ): Promise<Value>;
  /** @throws UsageError naming the flag, when nobody can be asked and there is no default. */
  selectSeveral<Value extends string>(
    question: Question & { choices: readonly Choice<Value>[]; initial?: readonly Value[] | undefined },
  ): Promise<Value[]>;
}

/** The prompt of this terminal; `assumeYes` is `--yes`. */
export function createPrompt(terminal: Terminal, assumeYes: boolean, signal: AbortSignal): Prompt {
  const canAsk = terminal.isInput && !assumeYes;
  // Questions go to stderr: stdout is the result.
  const streams = { input: terminal.stdin, output: terminal.stderr, signal };
  // Read when the first question is asked: most commands ask none.
  const clack = () => import("@clack/prompts");

  /** The answer; Ctrl-C inside a question is Ctrl-C. */
  async function answered<Answer>(asking: Promise<Answer>): Promise<Exclude<Answer, symbol>> {
    const answer = await asking;
    if (isSymbol(answer)) throw new Interrupted();
    // `isSymbol` has taken every symbol out.
    return answer as Exclude<Answer, symbol>;
  }

  return {
    canAsk,
    async confirm({ message, initial = true }) {
      if (!canAsk) return true;
      const { confirm } = await clack();
      return answered(confirm({ message, initialValue: initial, ...streams }));
    },
    async text({ message, flag, initial, validate }) {
      if (!canAsk) return takeDefault(message, flag, initial);
      const { text } = await clack();
      const placeholder = initial === undefined ? {} : { placeholder: initial, defaultValue: initial };
      const check = (value: string | undefined) => validate?.((value ?? "") === "" ? (initial ?? "") : (value ?? ""));
      return answered(text({ message, ...placeholder, validate: check, ...streams }));
    },
    async password({ message, flag, validate }) {
      if (!canAsk) return takeDefault<string>(message, flag, undefined);
      const { password } = await clack();
      return answered(password({ message, validate: (value) => validate?.(value ?? ""), ...streams }));
    },
    async select({ message, flag, choices, initial }) {
      if (!canAsk) return takeDefault(message, flag, initial);
      const { select } = await clack();
      return answered(
        select<string>({
          message,
          options: choices.map(({ value, label, hint }) => ({ value, label, ...(hint === undefined ? {} : { hint }) })),
          ...(initial === undefined ? {} : { initialValue: initial }),
          ...streams,
        }),
        // The answer is the value of one of the choices.
      ) as Promise<(typeof choices)[number]["value"]>;
    },
    async selectSeveral({ message, flag, choices, initial }) {
      if (!canAsk) return takeDefault(message, flag, initial === undefined ? undefined : [...initial]);
      const { multiselect } = await clack();
      return answered(
        multiselect<string>({
          message,
          required: false,
          options: choices.map(({ value, label, hint }) => ({ value, label, ...(hint === undefined ? {} : { hint }) })),
          ...(initial === undefined ? {} : { initialValues: [...initial] }),
          ...streams,
        }),
        // The answers are values of the choices.
      ) as Promise<(typeof choices)[number]["value"][]>;
    },
  };
}

function isSymbol(value: unknown): value is symbol {
  return typeof value === "symbol";
}

function takeDefault<Value>(message: string, flag: string, value: Value | undefined): Value {
  if (value !== undefined) return value;
  throw new UsageError(`${flag} is needed, because nobody can be asked "${message}"`);
}
