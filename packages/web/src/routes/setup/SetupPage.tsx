import { useRouter } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { CardPage } from "../../components/CardPage.tsx";
import { paths } from "../../paths.ts";
import { useSetUp } from "../../queries/session.ts";
import { Button } from "../../ui/Button.tsx";
import { FormError } from "../../ui/ErrorNote.tsx";
import { TextField } from "../../ui/Field.tsx";
import { errorWords, remainingWords } from "../../words/error-words.ts";
import { suggestUsername } from "./suggest-username.ts";

const shownFields = ["email", "username", "password"];

export function SetupPage() {
  const router = useRouter();
  const setUp = useSetUp();
  const [email, setEmail] = useState("");
  const [chosenUsername, setUsername] = useState<string>();
  const [password, setPassword] = useState("");
  const username = chosenUsername ?? suggestUsername(email);
  const fields = setUp.isError ? errorWords(setUp.error).fields : {};

  function submit(event: FormEvent) {
    event.preventDefault();
    setUp.mutate(
      { email, username, name: username, password },
      { onSuccess: () => void router.navigate({ href: paths.workspaces() }) },
    );
  }

  return (
    <CardPage title="Welcome to Hearth" intro="Nobody has an account here yet. Yours will be the owner's.">
      <form onSubmit={submit} className="space-y-4">
        <TextField
          label="E-mail address"
          type="email"
          name="email"
          autoComplete="email"
          required
          autoFocus
          value={email}
          error={fields["email"]}
          onChange={(event) => setEmail(event.target.value)}
        />
        <TextField
          label="User name"
          name="username"
          autoComplete="username"
          required
          maxLength={32}
          pattern="[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*"
          title="Letters, digits and single dashes between them"
          hint="Part of the address of your workspaces: letters, digits, dashes."
          value={username}
          error={fields["username"]}
          onChange={(event) => setUsername(event.target.value)}
        />
        <TextField
          label="Password"
          type="password"
          name="password"
          autoComplete="new-password"
          required
          value={password}
          error={fields["password"]}
          onChange={(event) => setPassword(event.target.value)}
        />
        <FormError>{setUp.isError ? remainingWords(setUp.error, shownFields) : undefined}</FormError>
        <Button type="submit" look="primary" className="w-full" isPending={setUp.isPending}>
          Create the owner&apos;s account
        </Button>
      </form>
    </CardPage>
  );
}
