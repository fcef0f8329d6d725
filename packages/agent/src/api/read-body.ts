import type { IncomingMessage } from "node:http";
import { Refusal } from "#api/refusal.ts";

const defaultMostBytes = 1024 * 1024;

/** All of a request's body. @throws Refusal `too_large` */
export async function readBody(request: IncomingMessage, mostBytes: number = defaultMostBytes): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new Refusal(413, "too_large", `The body may have ${mostBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
