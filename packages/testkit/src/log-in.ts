import { createClient, endpoints, type Client } from "@hearth/sdk";

/** Somebody's client, logged in by password. */
export async function logIn(url: string, email: string, password: string): Promise<Client> {
  const { session_token } = await createClient({ url }).call(endpoints.auth.login, { body: { email, password } });
  return createClient({ url, token: session_token });
}
