import { ApiError } from "@hearth/sdk";

/** What a call is refused with. @throws Error when it is not */
export async function refusalOf(
  call: Promise<unknown>,
): Promise<{ status: number; code: string; fields: string[]; message: string }> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { status, code, message, validations } = error;
    return { status, code, message, fields: validations.map(({ field }) => field) };
  }
  throw new Error("the call was not refused");
}
