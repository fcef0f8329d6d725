import {
  ApiError,
  type CreateAIProviderRequest,
  type UpdateAIProviderRequest,
  type ValidationError,
} from "@hearth/sdk";
import { faultOfDisplayName, faultOfName } from "../../identity/index.ts";
import { faultOfApiKey } from "../keys/api-key.ts";
import type { ProviderType } from "./provider-types.ts";

const mostKeys = 20;
const longestUrl = 2048;
const longestIcon = 2048;

type Fault = readonly [field: string, fault: string | undefined];
type Settings = CreateAIProviderRequest["settings"];

/** What creating one needs, once it was found to be there. */
export type NewProvider = Omit<CreateAIProviderRequest, "type" | "name" | "base_url"> & {
  readonly type: ProviderType;
  readonly name: string;
  readonly base_url: string;
};

/** @throws ApiError `validation_failed` for what no provider can be */
export function checkNewProvider(request: CreateAIProviderRequest): NewProvider {
  const { type, name = "", base_url: baseUrl = "", api_keys: keys = [] } = request;
  refuse([
    ["type", type === undefined ? "type is required" : undefined],
    ["name", name === "" ? "name is required" : faultOfName(name)],
    ["base_url", baseUrl === "" ? "base_url is required" : faultOfBaseUrl(baseUrl)],
    ["api_keys", keys.map(faultOfApiKey).find((fault) => fault !== undefined)],
    ...faultsOfCommon(request),
    ...(type === undefined ? [] : faultsOfSettings(type, request.settings)),
    faultOfPolicy(request),
  ]);
  return request as NewProvider; // the three are there
}

/** @throws ApiError `validation_failed` for a change of nothing, and of what no provider can become */
export function refuseProviderChange(request: UpdateAIProviderRequest): void {
  if (Object.values(request).every((field) => field === undefined)) {
    throw new ApiError("validation_failed", "At least one field must be provided.");
  }
  const keys = request.api_keys ?? [];
  refuse([
    ["base_url", request.base_url === undefined ? undefined : faultOfBaseUrl(request.base_url)],
    ...keys.map(({ id, api_key: apiKey }, index): Fault => {
      const field = `api_keys.${index}`;
      if (apiKey !== undefined) return [field, faultOfApiKey(apiKey)];
      return [field, id === undefined ? "must have an id to keep a key, or an api_key to add one" : undefined];
    }),
    ...faultsOfCommon(request),
  ]);
}

/** What can be said once it is known what the provider was. @throws ApiError `validation_failed` */
export function refuseChangedProvider(
  type: ProviderType,
  row: { central_api_key_enabled: boolean; allow_user_api_key: boolean },
  settings: Settings | undefined,
): void {
  refuse([...faultsOfSettings(type, settings), faultOfPolicy(row)]);
}

function faultsOfCommon({
  display_name: displayName,
  icon,
  api_keys: keys,
}: UpdateAIProviderRequest | CreateAIProviderRequest): Fault[] {
  return [
    ["display_name", displayName === undefined ? undefined : faultOfDisplayName(displayName)],
    ["icon", (icon ?? "").length > longestIcon ? `must be at most ${longestIcon} characters` : undefined],
    ["api_keys", (keys ?? []).length > mostKeys ? `must be at most ${mostKeys}` : undefined],
  ];
}

/**
 * What is wrong with an address that requests begin with. Any host will do: who may write one is an owner of the deployment,
 * and models on the own machine are wanted.
 */
export function faultOfBaseUrl(text: string): string | undefined {
  if (text.length > longestUrl) return `must be at most ${longestUrl} characters`;
  if (!URL.canParse(text)) return `"${text}" is no URL`;
  const { protocol, username, password, search, hash } = new URL(text);
  if (protocol !== "https:" && protocol !== "http:") return "must begin with https:// or http://";
  if (username !== "" || password !== "") return "must not hold a user or password: give it as an API key";
  return search === "" && hash === "" ? undefined : "must end with its path, without ? and #";
}

function faultsOfSettings(type: ProviderType, settings: Settings): Fault[] {
  const known = type === "bedrock" ? ["region"] : [];
  return Object.entries(settings ?? {}).map(([name, value]) => {
    if (!known.includes(name)) return [`settings.${name}`, `is no setting of providers of type "${type}"`];
    const isRegion = typeof value === "string" && /^[a-z0-9-]{1,64}$/.test(value);
    return [`settings.${name}`, isRegion ? undefined : "must be the name of a region"];
  });
}

function faultOfPolicy(row: {
  central_api_key_enabled?: boolean | undefined;
  allow_user_api_key?: boolean | undefined;
}): Fault {
  const hasSource = (row.central_api_key_enabled ?? true) || (row.allow_user_api_key ?? false);
  return [
    "central_api_key_enabled",
    hasSource ? undefined : "chats need keys: allow users' ones or the provider's own",
  ];
}

function refuse(faults: readonly Fault[]): void {
  const validations: ValidationError[] = faults.flatMap(([field, detail]) =>
    detail === undefined ? [] : [{ field, detail }],
  );
  if (validations.length > 0) {
    throw new ApiError("validation_failed", "Invalid AI provider request.", { validations });
  }
}
