import { argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { ApiError } from "@hearth/sdk";

const derive = promisify(argon2);

/** OWASP's second recommended setting for argon2id: 19 MiB, two passes, one lane. */
const cost = { memory: 19_456, passes: 2, parallelism: 1 };
const tagLength = 32;

/** An argon2id hash in PHC form, with its own salt and cost. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16);
  const tag = await derive("argon2id", { message: password, nonce, tagLength, ...cost });
  const { memory, passes, parallelism } = cost;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(nonce)}$${base64(tag)}`;
}

/** Whether the password made this hash. A hash of another form matches nothing. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/.exec(hash);
  if (match === null) return false;
  const [, memory, passes, parallelism, nonce = "", tag = ""] = match;
  const expected = Buffer.from(tag, "base64");
  const actual = await derive("argon2id", {
    message: password,
    nonce: Buffer.from(nonce, "base64"),
    tagLength: expected.length,
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
  });
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

/** Spends the time of a check for an account that does not exist, so that its absence cannot be measured. */
export async function pretendToVerify(password: string): Promise<void> {
  await derive("argon2id", { message: password, nonce: Buffer.alloc(16), tagLength, ...cost });
}

/** Bits that a guesser has to try: the size of the alphabets in use, and how many different characters there are. */
export function passwordEntropyBits(password: string): number {
  const alphabets: [RegExp, number][] = [
    [/[a-z]/, 26],
    [/[A-Z]/, 26],
    [/[0-9]/, 10],
    [/[^a-zA-Z0-9]/, 33],
  ];
  const alphabet = alphabets.reduce((sum, [pattern, size]) => sum + (pattern.test(password) ? size : 0), 0);
  const characters = Array.from(password);
  // A repeated character adds little.
  const effective = Math.min(characters.length, new Set(characters).size * 2);
  return alphabet === 0 ? 0 : effective * Math.log2(alphabet);
}

const leastBits = 50;
const longest = 64;

/** What is wrong with a password: too easily guessed, or longer than 64 characters; undefined when nothing is. */
export function faultOfPassword(password: string): string | undefined {
  if (Array.from(password).length > longest) return `must be at most ${longest} characters`;
  if (passwordEntropyBits(password) >= leastBits) return undefined;
  return "insecure password: use more characters, and upper-case letters, digits and signs beside lower-case letters";
}

/** @throws ApiError `validation_failed` on `field` for a password that is too easily guessed, or longer than 64 characters. */
export function assertStrongPassword(password: string, field = "password"): void {
  const detail = faultOfPassword(password);
  if (detail === undefined) return;
  throw new ApiError("validation_failed", "Invalid password.", { validations: [{ field, detail }] });
}

function base64(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
