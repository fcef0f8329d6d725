// Schedules of workspaces: when one starts by itself, when it stops, how far its stop may be moved. Pure.
export {
  allowedDaysOf,
  everyDay,
  nextAutostartMs,
  nextStartOf,
  parseAutostart,
  ScheduleError,
  type AutostartSchedule,
} from "./autostart.ts";
export { assertExtendable, deadlineMs, type DeadlineFacts, type ExtendFacts } from "./deadline.ts";
export { faultOfTtl, toMs, ttlToStore } from "./time-to-stop.ts";
