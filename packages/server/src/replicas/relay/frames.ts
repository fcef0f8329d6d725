import type { Duplex } from "node:stream";
import { z } from "zod";
import { readExactly } from "@hearth/wire";
import { RelayRefused } from "./errors.ts";

/** A request and a refusal are a length of two bytes, big-endian, and JSON; the answer that all is well is one byte. */
const connected = 0;
const refused = 1;

const Head = z.object({ kind: z.string(), request: z.unknown() });
const Refusal = z.object({ refusal: z.string(), message: z.string() });
export type RequestHead = z.output<typeof Head>;

export function encodeRequest(head: RequestHead): Buffer {
  return lengthAndJson(head);
}

/** @throws Error when it is none; the signal's reason */
export async function readRequest(stream: Duplex, signal: AbortSignal): Promise<RequestHead> {
  return Head.parse(await readJson(stream, signal));
}

export const connectedAnswer: Buffer = Buffer.from([connected]);

export function encodeRefusal(refusal: string, message: string): Buffer {
  return Buffer.concat([Buffer.from([refused]), lengthAndJson({ refusal, message: message.slice(0, 1_000) })]);
}

/** Resolves when the other side has connected what was asked for. @throws RelayRefused; what broke the stream; the signal's reason */
export async function readAnswer(stream: Duplex, signal: AbortSignal): Promise<void> {
  const [answer] = await readExactly(stream, 1, signal);
  if (answer === connected) return;
  if (answer !== refused) throw new Error(`A relay answered with byte ${answer}.`);
  const { refusal, message } = Refusal.parse(await readJson(stream, signal));
  throw new RelayRefused(refusal, message);
}

function lengthAndJson(value: unknown): Buffer {
  const json = Buffer.from(JSON.stringify(value));
  const length = Buffer.alloc(2);
  length.writeUInt16BE(json.length);
  return Buffer.concat([length, json]);
}

async function readJson(stream: Duplex, signal: AbortSignal): Promise<unknown> {
  const length = (await readExactly(stream, 2, signal)).readUInt16BE();
  return JSON.parse((await readExactly(stream, length, signal)).toString("utf8"));
}
