import { endpoints } from "@hearth/sdk";
import { serverApiVersion } from "@hearth/wire";
import { route, type Route } from "../ground/http/index.ts";
import { buildVersion, hearthVersion } from "./version.ts";

export interface DeploymentDeps {
  readonly accessUrl: () => string;
  readonly deploymentId: string;
}

/** What clients ask about the deployment itself. */
export function deploymentRoutes({ accessUrl, deploymentId }: DeploymentDeps): Route[] {
  const home = "https://github.com/hearth-dev/hearth";
  return [
    route(endpoints.deployment.getBuildInfo)({
      access: "public",
      handle: () => ({
        status: 200,
        body: {
          external_url: home,
          version: buildVersion,
          dashboard_url: accessUrl(),
          telemetry: false,
          workspace_proxy: false,
          agent_api_version: serverApiVersion,
          provisioner_api_version: "1.18",
          upgrade_message: "",
          deployment_id: deploymentId,
          webpush_public_key: "",
        },
      }),
    }),
    route(endpoints.deployment.checkUpdate)({
      access: "public",
      // Nothing is asked of the outside: an operator's package manager knows better.
      handle: () => ({ status: 200, body: { current: true, version: `v${hearthVersion}`, url: home } }),
    }),
    route(endpoints.deployment.getSshConfig)({
      access: "authenticated",
      handle: () => ({
        status: 200,
        body: { hostname_prefix: "hearth.", hostname_suffix: "hearth", ssh_config_options: {} },
      }),
    }),
    route(endpoints.deployment.listExperiments)({
      access: "authenticated",
      handle: () => ({ status: 200, body: [] }),
    }),
    route(endpoints.deployment.listAvailableExperiments)({
      access: "authenticated",
      handle: () => ({ status: 200, body: { safe: [] } }),
    }),
    route(endpoints.deployment.listRegions)({
      access: "authenticated",
      handle: () => ({
        status: 200,
        body: {
          regions: [
            {
              id: deploymentId,
              name: "primary",
              display_name: "Default",
              icon_url: "",
              healthy: true,
              path_app_url: accessUrl(),
              wildcard_hostname: "",
            },
          ],
        },
      }),
    }),
    route(endpoints.deployment.listExternalAuth)({
      access: "authenticated",
      handle: () => ({ status: 200, body: { providers: [], links: [] } }),
    }),
  ];
}
