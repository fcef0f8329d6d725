import type { WorkspaceStatus } from "@hearth/sdk";
import type { Style } from "#means/style.ts";

/** A workspace's state in the colour that says how well it is. */
export function paintStatus(cell: string, status: WorkspaceStatus, style: Style): string {
  switch (status) {
    case "running":
      return style.green(cell);
    case "failed":
      return style.red(cell);
    case "pending":
    case "starting":
    case "stopping":
    case "deleting":
    case "canceling":
      return style.yellow(cell);
    case "stopped":
    case "canceled":
    case "deleted":
      return style.dim(cell);
  }
}
