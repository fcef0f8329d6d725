import { ApiError } from "@hearth/sdk";

/** What a call was refused with: an error's code; `yes` when it was not. @throws what is no refusal */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "yes";
  } catch (error) {
    if (error instanceof ApiError) return error.code;
    throw error;
  }
}
