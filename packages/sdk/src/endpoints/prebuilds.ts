import { endpoint } from "../endpoint.ts";
import { PrebuildsSettings } from "../schemas/prebuilds.ts";

export const getPrebuildsSettings = endpoint({
  method: "GET",
  path: "/api/v2/prebuilds/settings",
  operation: "get_prebuilds_settings",
  summary: "Settings of the pools",
  responses: { 200: PrebuildsSettings },
});

export const updatePrebuildsSettings = endpoint({
  method: "PUT",
  path: "/api/v2/prebuilds/settings",
  operation: "update_prebuilds_settings",
  summary: "Pause or resume the pools",
  body: PrebuildsSettings,
  responses: { 200: PrebuildsSettings, 304: null },
});
