const unitBytes: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** As a regular expression, for the schema: `2GiB`, `512 MiB`, `1.5GB`, `1000000`. */
export const quantityPattern = /^\d+(\.\d+)? ?(B|[KMGT]i?B)?$/;

/** A size such as `2GiB` in whole bytes, or `undefined` when it is none. */
export function parseQuantity(text: string): number | undefined {
  const match = quantityPattern.exec(text);
  if (!match) return undefined;
  const factor = unitBytes[match[2] ?? ""];
  const bytes = factor === undefined ? Number.NaN : Number.parseFloat(text) * factor;
  return Number.isSafeInteger(Math.round(bytes)) ? Math.round(bytes) : undefined;
}
