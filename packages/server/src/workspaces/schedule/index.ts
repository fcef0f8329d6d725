// Schedules of workspaces: when one starts by itself, when it stops, how far its stop may be moved. Pure.
export { allowedDaysOf, nextAutostartMs, nextStartOf, parseAutostart, ScheduleError } from "./autostart.ts";
export { assertExtendable, deadlineMs } from "./deadline.ts";
export { faultOfTtl, toMs, ttlToStore } from "./time-to-stop.ts";
