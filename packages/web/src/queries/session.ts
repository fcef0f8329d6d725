import { ApiError, endpoints } from "@hearth/sdk";
import { useMutation, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useClient } from "./use-client.ts";
import { q } from "./query.ts";

/** Who is logged in. */
export const me = q(endpoints.users.getUser, { params: { user: "me" } });

/** Whether the error says that nobody is logged in. */
export function isLoggedOut(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** Logs in; the session is a cookie, which the browser keeps. */
export function useLogIn() {
  const client = useClient();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: Credentials) => client.call(endpoints.auth.login, { body }),
    onSuccess: () => forgetEverything(queryClient),
  });
}

export function useLogOut() {
  const client = useClient();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => client.call(endpoints.auth.logout, {}),
    onSuccess: () => forgetEverything(queryClient),
  });
}

/** What was read as somebody else is not shown to whoever is next. */
function forgetEverything(queryClient: QueryClient): void {
  queryClient.clear();
}
