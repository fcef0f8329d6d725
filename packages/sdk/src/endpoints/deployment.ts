import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import {
  AvailableExperiments,
  BuildInfoResponse,
  Experiment,
  SSHConfigResponse,
  UpdateCheckResponse,
} from "../schemas/deployment.ts";
import { ListUserExternalAuthResponse } from "../schemas/external-auth.ts";
import { RegionsResponse } from "../schemas/proxies.ts";

/** For everybody: clients compare versions by it before they log in. */
export const getBuildInfo = endpoint({
  method: "GET",
  path: "/api/v2/buildinfo",
  operation: "get_build_info",
  summary: "Version and address of this server",
  responses: { 200: BuildInfoResponse },
});

/** As far as this server was told; it asks nobody outside. */
export const checkUpdate = endpoint({
  method: "GET",
  path: "/api/v2/updatecheck",
  operation: "check_update",
  summary: "Whether a newer version exists",
  responses: { 200: UpdateCheckResponse },
});

/** What `hearth config-ssh` writes into OpenSSH's configuration. */
export const getSshConfig = endpoint({
  method: "GET",
  path: "/api/v2/deployment/ssh",
  operation: "get_ssh_config",
  summary: "Settings for SSH clients",
  responses: { 200: SSHConfigResponse },
});

/** Words that clients look for; everything that exists here is on. */
export const listExperiments = endpoint({
  method: "GET",
  path: "/api/v2/experiments",
  operation: "list_experiments",
  summary: "Enabled experiments",
  responses: { 200: z.array(Experiment) },
});

/** What an administrator could switch on. */
export const listAvailableExperiments = endpoint({
  method: "GET",
  path: "/api/v2/experiments/available",
  operation: "list_available_experiments",
  summary: "Available experiments",
  responses: { 200: AvailableExperiments },
});

/** Addresses under which apps can be reached; this deployment is one. */
export const listRegions = endpoint({
  method: "GET",
  path: "/api/v2/regions",
  operation: "list_regions",
  summary: "Regions",
  responses: { 200: RegionsResponse },
});

/** Services elsewhere that are set up, and which of them the caller is logged in to. */
export const listExternalAuth = endpoint({
  method: "GET",
  path: "/api/v2/external-auth",
  operation: "list_external_auth",
  summary: "External log-ins of the caller",
  responses: { 200: ListUserExternalAuthResponse },
});
