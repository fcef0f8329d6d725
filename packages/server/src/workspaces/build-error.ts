import { ApiError, type ErrorCode, type ValidationError } from "@hearth/sdk";

/** Why a build cannot be planned. Each has its code; what is a 400 stays so until the template or the request changes. */
const kinds = {
  parameters: "validation_failed",
  unknown_version: "precondition_failed",
  foreign_version: "precondition_failed",
  archived_version: "validation_failed",
  unknown_preset: "validation_failed",
  tags: "validation_failed",
  import_failed: "precondition_failed",
  import_unfinished: "not_acceptable",
  build_active: "build_active",
  not_active_version: "forbidden",
  sandbox_required: "sandbox_required",
} as const satisfies Record<string, ErrorCode>;

export type BuildErrorKind = keyof typeof kinds;

/**
 * A build that cannot be planned as asked. Those of class 400 are deterministic: the same plan fails again until somebody
 * changes template or request, so nothing automatic tries it again. @see spec/builds.md §4.5
 */
export class BuildError extends ApiError {
  readonly kind: BuildErrorKind;

  constructor(
    kind: BuildErrorKind,
    message: string,
    options: { detail?: string; validations?: readonly ValidationError[] } = {},
  ) {
    super(kinds[kind], message, options);
    this.kind = kind;
  }

  get isDeterministic(): boolean {
    return this.status === 400;
  }
}
