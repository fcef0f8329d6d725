import { z } from "zod";
import { seal, SealError, unseal } from "./sealed.ts";

const Texts = z.record(z.string(), z.string());

/** Texts by name that are kept together, sealed for one place. */
export function sealTexts(key: Buffer, place: string, texts: Readonly<Record<string, string>>): Buffer {
  return seal(key, JSON.stringify(texts), place);
}

/**
 * Values by name, those that are null read from what is sealed.
 * @throws SealError when it cannot be opened, or lacks one
 */
export function openTexts(
  key: Buffer,
  place: string,
  rows: readonly { readonly name: string; readonly value: string | null }[],
  sealed: Buffer | null | undefined,
): { name: string; value: string }[] {
  if (rows.every(({ value }) => value !== null)) return rows.map(({ name, value }) => ({ name, value: value ?? "" }));
  const texts = sealed === null || sealed === undefined ? {} : Texts.parse(JSON.parse(unseal(key, sealed, place)));
  return rows.map(({ name, value: open }) => {
    const value = open ?? texts[name];
    if (value === undefined) {
      throw new SealError(
        `The value of "${name}" is not among what is sealed as "${place}": restore it from a backup.`,
      );
    }
    return { name, value };
  });
}
