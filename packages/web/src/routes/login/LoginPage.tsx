import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { CardPage } from "../../components/CardPage.tsx";
import { safeRedirect } from "../../paths.ts";
import { useLogIn } from "../../queries/session.ts";
import { Button } from "../../ui/Button.tsx";
import { FormError } from "../../ui/ErrorNote.tsx";
import { TextField } from "../../ui/Field.tsx";
import { remainingWords } from "../../words/error-words.ts";

const route = getRouteApi("/login");

export function LoginPage() {
  const router = useRouter();
  const { redirect } = route.useSearch();
  const logIn = useLogIn();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");

  function submit(event: FormEvent) {
    event.preventDefault();
    logIn.mutate({ email, password }, { onSuccess: () => void router.navigate({ href: safeRedirect(redirect) }) });
  }

  return (
    <CardPage title="Log in to Hearth">
      <form onSubmit={submit} className="space-y-4">
        <TextField
          label="E-mail address"
          type="email"
          name="email"
          autoComplete="username"
          required
          autoFocus
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <TextField
          label="Password"
          type="password"
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <FormError>{logIn.isError ? remainingWords(logIn.error, []) : undefined}</FormError>
        <Button type="submit" look="primary" className="w-full" isPending={logIn.isPending}>
          Log in
        </Button>
      </form>
    </CardPage>
  );
}
