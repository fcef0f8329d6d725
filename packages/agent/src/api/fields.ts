import type { IncomingMessage } from "node:http";
import { readBody } from "#api/read-body.ts";
import { Refusal } from "#api/refusal.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** The JSON object of a request's body. @throws Refusal `bad_request`, `too_large` */
export async function readFields(request: IncomingMessage, mostBytes?: number): Promise<Fields> {
  const body = await readBody(request, mostBytes);
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    if (isFields(value)) return value;
  } catch {
    // told below, with what is no object
  }
  throw badRequest("The body is no JSON object.");
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A text that may not be left out. @throws Refusal `bad_request` */
export function textField(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === "string" && value !== "" && !value.includes("\0")) return value;
  throw badRequest(`${name} is missing, or is no text.`);
}

/** @throws Refusal `bad_request` */
export function flagField(fields: Fields, name: string): boolean {
  const value = fields[name] ?? false;
  if (typeof value === "boolean") return value;
  throw badRequest(`${name} is true or false.`);
}

export function badRequest(message: string): Refusal {
  return new Refusal(400, "bad_request", message);
}
