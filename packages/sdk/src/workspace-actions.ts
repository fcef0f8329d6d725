import type { ErrorCode } from "./error-codes.ts";
import type { WorkspaceStatus } from "./schemas/builds.ts";

/** What can be done to a workspace as a whole. `restart` is a stop with a start after it. */
export const workspaceActions = ["start", "stop", "restart", "delete", "cancel"] as const;
/** One of {@link workspaceActions}. */
export type WorkspaceAction = (typeof workspaceActions)[number];

/** Whether an action makes sense in a state, and if not, why. */
export type ActionAnswer =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      /** For people: a sentence. */
      readonly reason: string;
      /**
       * What the server refuses it with. Absent where the server would take it as an ordinary build (starting what
       * runs, stopping what is stopped) and only people are kept from a build that changes nothing.
       */
      readonly code?: ErrorCode;
    };

/** The answer for each action, in one state of a workspace. */
export type AllowedActions = Readonly<Record<WorkspaceAction, ActionAnswer>>;

const yes: ActionAnswer = { allowed: true };
const nothingToCancel: ActionAnswer = {
  allowed: false,
  reason: "No build is under way.",
  code: "precondition_failed",
};

function pointless(reason: string): ActionAnswer {
  return { allowed: false, reason };
}

function refused(code: ErrorCode, reason: string): ActionAnswer {
  return { allowed: false, reason, code };
}

/** While a build is under way it can be canceled, and nothing else happens to the workspace. */
function whileBuilding(what: string): AllowedActions {
  const busy = refused("build_active", `The workspace is ${what}: wait until that has ended, or cancel it.`);
  return { start: busy, stop: busy, restart: busy, delete: busy, cancel: yes };
}

const canceling = refused("build_active", "A build is being canceled: wait until that has ended.");
const deleted = refused("conflict", "The workspace is deleted.");

const table: Readonly<Record<WorkspaceStatus, AllowedActions>> = {
  pending: whileBuilding("waiting for its build to begin"),
  starting: whileBuilding("starting"),
  stopping: whileBuilding("stopping"),
  deleting: whileBuilding("being deleted"),
  canceling: {
    start: canceling,
    stop: canceling,
    restart: canceling,
    delete: canceling,
    cancel: refused("precondition_failed", "The build is being canceled already."),
  },
  running: {
    start: pointless("The workspace is running already."),
    stop: yes,
    restart: yes,
    delete: yes,
    cancel: nothingToCancel,
  },
  stopped: {
    start: yes,
    stop: pointless("The workspace is stopped already."),
    restart: pointless("The workspace is stopped: start it."),
    delete: yes,
    cancel: nothingToCancel,
  },
  failed: { start: yes, stop: yes, restart: yes, delete: yes, cancel: nothingToCancel },
  canceled: { start: yes, stop: yes, restart: yes, delete: yes, cancel: nothingToCancel },
  deleted: {
    start: deleted,
    stop: deleted,
    restart: deleted,
    delete: pointless("The workspace is deleted already."),
    cancel: nothingToCancel,
  },
};

/**
 * Which actions a workspace's state allows: the one table that server and clients decide by. Permissions are another
 * matter; only the server knows them.
 * @see spec "Builds", creating a build
 */
export function allowedActions(status: WorkspaceStatus): AllowedActions {
  return table[status];
}
