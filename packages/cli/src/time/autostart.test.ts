import { expect, test } from "vitest";
import { describeCron, parseAutostart, toCron } from "./autostart.ts";

function cronOf(text: string): string {
  const parsed = parseAutostart(text, "America/New_York");
  return parsed.ok ? toCron(parsed.autostart) : parsed.why;
}

test.for([
  ["9:30AM Mon-Fri Europe/Berlin", "CRON_TZ=Europe/Berlin 30 9 * * Mon-Fri"],
  ["8:00AM Mon-Fri UTC", "CRON_TZ=UTC 0 8 * * Mon-Fri"],
  ["17:45", "CRON_TZ=America/New_York 45 17 * * *"],
  ["12am", "CRON_TZ=America/New_York 0 0 * * *"],
  ["12:15pm sat,sun", "CRON_TZ=America/New_York 15 12 * * Sat,Sun"],
  ["7PM * Asia/Tokyo", "CRON_TZ=Asia/Tokyo 0 19 * * *"],
  ["9AM Europe/Paris", "CRON_TZ=Europe/Paris 0 9 * * *"],
  ["9AM monday-wednesday,fri", "CRON_TZ=America/New_York 0 9 * * Mon-Wed,Fri"],
  ["9AM 1-5", "CRON_TZ=America/New_York 0 9 * * Mon-Fri"],
  ["9AM 7", "CRON_TZ=America/New_York 0 9 * * Sun"],
] as const)("%s is %s", ([text, cron]) => {
  expect(cronOf(text)).toBe(cron);
});

test.for([
  ["", '"" is no time of day, like 9:30AM or 17:45.'],
  ["9", '"9" is no time of day, like 9:30AM or 17:45.'],
  ["25:00", '"25:00" is no time of day, like 9:30AM or 17:45.'],
  ["13pm", '"13pm" is no time of day, like 9:30AM or 17:45.'],
  ["9:60", '"9:60" is no time of day, like 9:30AM or 17:45.'],
  ["9AM Mo", '"Mo" is neither days, like Mon-Fri, nor a time zone, like Europe/Berlin.'],
  ["9AM someday UTC", '"someday" are no days, like Mon-Fri or Sat,Sun.'],
  ["9AM Mon-Fri Mars/Olympus", '"Mars/Olympus" is neither days, like Mon-Fri, nor a time zone, like Europe/Berlin.'],
  ["9AM Mon - Fri", '"9AM Mon - Fri" has more than a time, days and a zone.'],
] as const)("%j is refused", ([text, why]) => {
  expect(cronOf(text)).toBe(why);
});

test.for([
  ["CRON_TZ=Europe/Berlin 30 9 * * Mon-Fri", "9:30AM Mon-Fri (Europe/Berlin)"],
  ["CRON_TZ=UTC 0 0 * * *", "12:00AM daily (UTC)"],
  ["5 13 * * 1-5", "1:05PM Mon-Fri (UTC)"],
  ["*/5 * * * *", "*/5 * * * *"],
] as const)("%s reads %s", ([cron, text]) => {
  expect(describeCron(cron)).toBe(text);
});
