import { parseArgs } from "node:util";
import { messageOf } from "@hearth/base";
import type { Bench } from "./bench.ts";

/** What the command line asked for. */
export interface Order {
  readonly names: readonly string[];
  /** Samples where a bench takes samples; undefined: what the full bench takes. */
  readonly runs: number | undefined;
  readonly repeats: number;
  readonly isFull: boolean;
  readonly json: string | undefined;
  readonly isProfiled: boolean;
}

/** What is wrong with a command line, in a line. */
export class OrderError extends Error {
  override readonly name = "OrderError";
}

const shortRuns = 20;
const fullRepeats = 5;

/**
 * Reads the command line: names of benches, or `full` for all of them with all of their samples, five times. Without a
 * name: those that are not long, 20 samples each, once. Pure.
 * @throws OrderError
 */
export function readOrder(args: readonly string[], benches: Readonly<Record<string, Bench>>): Order {
  const { positionals, values } = parse(args);
  const isFull = positionals.includes("full");
  const named = positionals.filter((name) => name !== "full");
  const unknown = named.filter((name) => !Object.hasOwn(benches, name));
  if (unknown.length > 0) {
    throw new OrderError(`There is no bench "${unknown.join(", ")}": there are ${Object.keys(benches).join(", ")}.`);
  }
  const wanted = (name: string, bench: Bench) =>
    named.length === 0 ? isFull || bench.isLong !== true : named.includes(name);
  return {
    names: Object.entries(benches).flatMap(([name, bench]) => (wanted(name, bench) ? [name] : [])),
    runs: values.runs === undefined ? (isFull ? undefined : shortRuns) : count("--runs", values.runs),
    repeats: values.repeats === undefined ? (isFull ? fullRepeats : 1) : count("--repeats", values.repeats),
    isFull,
    json: values.json,
    isProfiled: values.profile,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        runs: { type: "string" },
        repeats: { type: "string" },
        json: { type: "string" },
        profile: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new OrderError(messageOf(error), { cause: error });
  }
}

function count(option: string, text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new OrderError(`${option} is a whole number from 1 on, not "${text}".`);
  return Number(text);
}
