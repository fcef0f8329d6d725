/** Days as the API names them, Monday first: bit 0 of a bitmap is Monday. */
export const weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

export function daysFromBitmap(bitmap: number): string[] {
  return weekdays.filter((_, bit) => (bitmap & (1 << bit)) !== 0);
}

/** Unknown names count as nothing: they were refused before. */
export function bitmapFromDays(days: readonly string[]): number {
  return days.reduce((bitmap, day) => bitmap | (1 << (weekdays as readonly string[]).indexOf(day)), 0);
}

/** The first name that is no weekday. */
export function faultOfDays(days: readonly string[]): string | undefined {
  const unknown = days.find((day) => !(weekdays as readonly string[]).includes(day));
  return unknown === undefined ? undefined : `invalid weekday "${unknown}"`;
}
