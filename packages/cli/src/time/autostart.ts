/** When a workspace starts by itself: a time of day on certain days, in a time zone. */
export interface Autostart {
  /** 0 to 23. */
  readonly hour: number;
  /** 0 to 59. */
  readonly minute: number;
  /** As cron takes them: `Mon-Fri`, `Mon,Wed`, `*`. */
  readonly days: string;
  /** IANA name: `Europe/Berlin`. */
  readonly zone: string;
}

export type ParsedAutostart =
  | { readonly ok: true; readonly autostart: Autostart }
  | { readonly ok: false; readonly why: string };

const dayNames = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;

/**
 * Reads `<time> [days] [zone]`: `9:30AM Mon-Fri Europe/Berlin`, `09:30`, `7am Sat,Sun`.
 *
 * Without days it is every day, without a zone `localZone`.
 */
export function parseAutostart(text: string, localZone: string): ParsedAutostart {
  const [timeText, ...rest] = text.trim().split(/\s+/);
  const time = parseTime(timeText ?? "");
  if (time === undefined) return no(`"${timeText}" is no time of day, like 9:30AM or 17:45.`);
  const [first, second, ...more] = rest;
  if (more.length > 0) return no(`"${text}" has more than a time, days and a zone.`);
  const firstDays = first === undefined ? "*" : parseDays(first);
  // A lone second part may be the zone: "9:30AM Europe/Berlin".
  const zoneText = second ?? (firstDays === undefined ? first : undefined);
  if (second !== undefined && firstDays === undefined) return no(`"${first}" are no days, like Mon-Fri or Sat,Sun.`);
  const zone = zoneText === undefined ? localZone : parseZone(zoneText);
  if (zone === undefined) {
    return no(`"${zoneText}" is neither days, like Mon-Fri, nor a time zone, like Europe/Berlin.`);
  }
  return { ok: true, autostart: { ...time, days: firstDays ?? "*", zone } };
}

function no(why: string): ParsedAutostart {
  return { ok: false, why };
}

/** The cron text that the API takes: `CRON_TZ=Europe/Berlin 30 9 * * Mon-Fri`. */
export function toCron({ hour, minute, days, zone }: Autostart): string {
  return `CRON_TZ=${zone} ${minute} ${hour} * * ${days}`;
}

/** A schedule for people: `9:30AM Mon-Fri (Europe/Berlin)`; cron that says more than that comes back as it is. */
export function describeCron(cron: string): string {
  const match = /^(?:(?:CRON_TZ|TZ)=(\S+)\s+)?(\d{1,2})\s+(\d{1,2})\s+\*\s+\*\s+(\S+)$/.exec(cron.trim());
  const [, zone = "UTC", minuteText, hourText, days] = match ?? [];
  const dayText = days === undefined ? undefined : days === "*" ? "daily" : parseDays(days);
  if (dayText === undefined) return cron;
  const hour = Number(hourText);
  const minute = String(minuteText).padStart(2, "0");
  return `${hour % 12 === 0 ? 12 : hour % 12}:${minute}${hour < 12 ? "AM" : "PM"} ${dayText} (${zone})`;
}

function parseTime(text: string): { hour: number; minute: number } | undefined {
  const match = /^(\d{1,2})(?::(\d{2}))?(am|pm)?$/i.exec(text);
  if (match === null) return undefined;
  const [, hourText, minuteText, half] = match;
  if (minuteText === undefined && half === undefined) return undefined;
  const minute = Number(minuteText ?? 0);
  const given = Number(hourText);
  if (minute > 59 || (half === undefined ? given > 23 : given < 1 || given > 12)) return undefined;
  const hour = half === undefined ? given : (given % 12) + (half.toLowerCase() === "pm" ? 12 : 0);
  return { hour, minute };
}

/** Days as cron takes them, by their English names; `undefined` when a word is none. */
function parseDays(text: string): string | undefined {
  if (text === "*") return text;
  const lists = text.split(",").map((part) => {
    const ends = part.split("-").map(parseDay);
    return ends.length > 2 || ends.includes(undefined) ? undefined : ends.join("-");
  });
  return lists.includes(undefined) ? undefined : lists.join(",");
}

function parseDay(word: string): string | undefined {
  if (/^[0-7]$/.test(word)) return dayNames[Number(word) % 7];
  if (word.length < 3) return undefined;
  const lower = word.toLowerCase();
  const long = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
  const index = long.findIndex((name) => name.startsWith(lower));
  return dayNames[index];
}

function parseZone(text: string): string | undefined {
  try {
    new Intl.DateTimeFormat("en", { timeZone: text });
    return text;
  } catch {
    // The one way to ask the platform whether it knows a zone.
    return undefined;
  }
}
