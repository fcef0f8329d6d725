const units = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** As people read it: `512 MiB`, `1.4 GiB`; rounded down, so that what is short never reads as enough. Pure. */
export function inBytes(bytes: number): string {
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  const value = bytes / 1024 ** power;
  return `${value < 10 ? Math.floor(value * 10) / 10 : Math.floor(value)} ${units[power]}`;
}
