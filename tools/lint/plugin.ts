// The rules of the house that oxlint does not have, as a plugin of it. `.oxlintrc.json` says where each holds.
import { capabilityDoor } from "./capability-door.ts";
import { definedSql } from "./defined-sql.ts";
import { disableWithReason } from "./disable-with-reason.ts";
import { grantIsUsed } from "./grant-is-used.ts";
import { mayUseFolders } from "./may-use.ts";
import { liveTopics } from "./live-topics.ts";
import { lastingErrorListener } from "./lasting-error-listener.ts";
import { noDynamicRegexp } from "./no-dynamic-regexp.ts";
import { noRawTimers } from "./no-raw-timers.ts";
import { oneMessageOf } from "./one-message-of.ts";
import { noNodeInBrowsers } from "./no-node-in-browsers.ts";
import { packageDirection } from "./package-direction.ts";
import { scopedAbort } from "./scoped-abort.ts";
import { sdkDocstring } from "./sdk-docstring.ts";
import { staticLogMessage } from "./static-log-message.ts";
import { tableOwner } from "./table-owner.ts";
import { testFolder } from "./test-folder.ts";
import { thinRoutes } from "./thin-routes.ts";
import { writeTakesGrant } from "./write-takes-grant.ts";

// oxlint-disable-next-line import/no-default-export -- what a plugin of oxlint must have
export default {
  meta: { name: "hearth" },
  rules: {
    "capability-door": capabilityDoor,
    "defined-sql": definedSql,
    "disable-with-reason": disableWithReason,
    "grant-is-used": grantIsUsed,
    "may-use": mayUseFolders,
    "live-topics": liveTopics,
    "lasting-error-listener": lastingErrorListener,
    "no-dynamic-regexp": noDynamicRegexp,
    "no-raw-timers": noRawTimers,
    "one-message-of": oneMessageOf,
    "no-node-in-browsers": noNodeInBrowsers,
    "package-direction": packageDirection,
    "scoped-abort": scopedAbort,
    "sdk-docstring": sdkDocstring,
    "static-log-message": staticLogMessage,
    "table-owner": tableOwner,
    "test-folder": testFolder,
    "thin-routes": thinRoutes,
    "write-takes-grant": writeTakesGrant,
  },
};
