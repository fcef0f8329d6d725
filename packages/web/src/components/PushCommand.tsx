import { Command } from "../ui/CopyButton.tsx";

/** How a template comes to be: from a starter, by the command line. */
export function PushCommand() {
  return (
    <Command name="Begin a template and push it">
      {"hearth templates init my-template && hearth templates push my-template"}
    </Command>
  );
}
