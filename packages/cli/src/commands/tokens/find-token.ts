import { ApiError, endpoints, type APIKey, type Client } from "@hearth/sdk";
import { Failure } from "#means/failure.ts";

/** A token of the user by its name, its id, or the token itself. @throws Failure when there is none. */
export async function findToken(client: Client, wanted: string): Promise<APIKey> {
  try {
    return await client.call(endpoints.tokens.getTokenByName, { params: { user: "me", keyname: wanted } });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
  try {
    // The id of a token is what stands before its first hyphen; the secret behind it is not sent.
    return await client.call(endpoints.tokens.getKey, { params: { user: "me", keyid: wanted.split("-")[0] ?? "" } });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    throw new Failure("You have no token of that name or id.", { hint: "List them with: hearth tokens list" });
  }
}
