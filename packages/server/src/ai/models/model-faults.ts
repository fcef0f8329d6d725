import { ApiError, type ReasoningEffort, type UpdateChatModelRequest, type ValidationError } from "@hearth/sdk";
import { effortWithin } from "./reasoning-effort.ts";

const longestName = 256;
const largestContext = 100_000_000;

/** @throws ApiError `validation_failed` for what no model can be, or become */
export function refuseModelFaults(request: UpdateChatModelRequest): void {
  const { model, display_name: displayName, context_limit: limit, compression_threshold: threshold } = request;
  const effort = request.model_config?.reasoning_effort;
  const faults: [field: string, fault: string | undefined][] = [
    ["model", model === undefined ? undefined : faultOfModelName(model)],
    [
      "display_name",
      (displayName ?? "").length > longestName ? `must be at most ${longestName} characters` : undefined,
    ],
    [
      "context_limit",
      limit !== undefined && (limit < 1 || limit > largestContext) ? `must be 1 to ${largestContext}` : undefined,
    ],
    [
      "compression_threshold",
      threshold !== undefined && (threshold < 0 || threshold > 100) ? "must be 0 to 100" : undefined,
    ],
    ["model_config.reasoning_effort", faultOfEffort(effort)],
  ];
  const validations: ValidationError[] = faults.flatMap(([field, detail]) =>
    detail === undefined ? [] : [{ field, detail }],
  );
  if (validations.length > 0) throw new ApiError("validation_failed", "Invalid model.", { validations });
}

function faultOfModelName(name: string): string | undefined {
  if (name.trim() === "") return "must not be empty";
  return name.length > longestName ? `must be at most ${longestName} characters` : undefined;
}

function faultOfEffort(
  effort: { default?: ReasoningEffort | undefined; max?: ReasoningEffort | undefined } | undefined,
) {
  const { default: first, max } = effort ?? {};
  if (first === undefined || max === undefined || effortWithin(first, max) === first) return undefined;
  return `its default "${first}" is above its max "${max}"`;
}
