import { DrpcError, DrpcProtocolError } from "./errors.ts";

const codeBytes = 8;
/** Peers put the text into one line of a log. */
const maxTextCharacters = 4096;

/** The data of an error packet: the code as 64 bits, big endian, then the text, cut at 4,096 characters. */
export function encodeError({ code, message }: DrpcError): Buffer {
  const text = Buffer.from(message.slice(0, maxTextCharacters));
  const data = Buffer.alloc(codeBytes + text.length);
  data.writeBigUInt64BE(BigInt.asUintN(64, code));
  data.set(text, codeBytes);
  return data;
}

/** @throws DrpcProtocolError when there is no room for a code. */
export function decodeError(data: Buffer): DrpcError {
  if (data.length < codeBytes) throw new DrpcProtocolError(`An error packet has ${data.length} bytes, and no code.`);
  return new DrpcError(data.toString("utf8", codeBytes), { code: data.readBigUInt64BE() });
}
