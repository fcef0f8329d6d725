import { ApiError, type CreateAIProviderRequest, type UpdateAIProviderRequest } from "@hearth/sdk";
import { expect, test } from "vitest";
import { checkNewProvider, faultOfBaseUrl, refuseProviderChange } from "./provider-faults.ts";

const good = { type: "openai", name: "main", base_url: "https://api.openai.com/v1" } as const;

function fieldsRefused(act: () => unknown): string[] {
  try {
    act();
    return [];
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.validations.length === 0 ? ["-"] : error.validations.map(({ field }) => field);
  }
}

test.for<[CreateAIProviderRequest, string[]]>([
  [good, []],
  [{}, ["type", "name", "base_url"]],
  [{ ...good, name: "two words" }, ["name"]],
  [{ ...good, api_keys: ["sk-1", "with blank"] }, ["api_keys"]],
  [{ ...good, api_keys: [""] }, ["api_keys"]],
  [{ ...good, api_keys: Array<string>(21).fill("sk") }, ["api_keys"]],
  [{ ...good, settings: { region: "eu-central-1" } }, ["settings.region"]],
  [{ ...good, type: "bedrock", settings: { region: "eu-central-1" } }, []],
  [{ ...good, type: "bedrock", settings: { region: "evil.example/" } }, ["settings.region"]],
  [{ ...good, central_api_key_enabled: false }, ["central_api_key_enabled"]],
  [{ ...good, central_api_key_enabled: false, allow_user_api_key: true }, []],
])("a new provider %j: %j is refused", ([request, fields]) => {
  expect(fieldsRefused(() => checkNewProvider(request))).toEqual(fields);
});

test.for<[UpdateAIProviderRequest, string[]]>([
  [{}, ["-"]],
  [{ enabled: false }, []],
  [{ api_keys: [] }, []],
  [{ api_keys: [{}] }, ["api_keys.0"]],
  [{ api_keys: [{ api_key: "a b" }] }, ["api_keys.0"]],
  [{ base_url: "" }, ["base_url"]],
])("a change %j: %j is refused", ([request, fields]) => {
  expect(fieldsRefused(() => refuseProviderChange(request))).toEqual(fields);
});

test.for([
  ["https://api.anthropic.com/v1", undefined],
  ["http://localhost:11434/v1", undefined],
  ["ftp://x", "must begin with https:// or http://"],
  ["file:///etc/passwd", "must begin with https:// or http://"],
  ["x", '"x" is no URL'],
  ["https://user:word@host/v1", "must not hold a user or password: give it as an API key"],
  ["https://host/v1?a=b", "must end with its path, without ? and #"],
])("the address %s: %s", ([url, fault]) => {
  expect(faultOfBaseUrl(url ?? "")).toBe(fault);
});
