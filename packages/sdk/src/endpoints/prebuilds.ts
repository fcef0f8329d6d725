import { endpoint } from "../endpoint.ts";
import { PrebuildsSettings } from "../schemas/prebuilds.ts";

/** Of the whole deployment: they hold for every template and organization. */
export const getPrebuildsSettings = endpoint({
  method: "GET",
  path: "/api/v2/prebuilds/settings",
  operation: "get_prebuilds_settings",
  summary: "Settings of the pools",
  responses: { 200: PrebuildsSettings },
});

/** Stands still from the next look at the pools on; 304 when it already is so. */
export const updatePrebuildsSettings = endpoint({
  method: "PUT",
  path: "/api/v2/prebuilds/settings",
  operation: "update_prebuilds_settings",
  summary: "Pause or resume the pools",
  body: PrebuildsSettings,
  responses: { 200: PrebuildsSettings, 304: null },
});
