import { useState } from "react";
import { say } from "./say.ts";
import { IconButton } from "./Button.tsx";

/** Copies a text by one click, and says so. */
export function CopyButton({ text, name }: { text: string; name: string }) {
  const [isCopied, setCopied] = useState(false);
  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      say({ text: `Copied: ${text}` });
    } catch {
      // The clipboard needs https or localhost, and permission.
      say({ text: `Your browser does not let this page copy. The text is: ${text}`, tone: "bad" });
    }
  }
  return (
    <IconButton
      icon={isCopied ? "check" : "copy"}
      name={name}
      onClick={() => void copy()}
      onBlur={() => setCopied(false)}
    />
  );
}

/** A command with its copy button. */
export function Command({ children, name }: { children: string; name: string }) {
  return (
    <span className="flex min-w-0 grow items-center gap-1 rounded-md border border-line bg-sunken pl-2.5">
      <code
        className="min-w-0 grow overflow-x-auto py-1.5 font-mono text-sm whitespace-pre"
        tabIndex={0}
        role="group"
        aria-label={name}
      >
        {children}
      </code>
      <CopyButton text={children} name={`Copy: ${name}`} />
    </span>
  );
}
