import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { buttonClass } from "./Button.tsx";
import { cx } from "./class-names.ts";
import { useFocusReturn } from "./focus-return.ts";
import { Icon } from "./Icon.tsx";

interface DialogProps {
  isOpen: boolean;
  onClose: () => void;
  title: string;
  /** One sentence under the title. */
  description?: ReactNode;
  children: ReactNode;
  className?: string;
}

/** A window over the page. Escape closes it, and focus returns to where it was. */
export function Dialog({ isOpen, onClose, title, description, children, className }: DialogProps) {
  const focusReturn = useFocusReturn();
  return (
    <Radix.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 animate-appear bg-scrim" />
        <Radix.Content
          {...focusReturn}
          {...(description === undefined ? { "aria-describedby": undefined } : {})}
          className={cx(
            "fixed top-[12vh] left-1/2 z-40 max-h-[80vh] w-[min(92vw,28rem)] -translate-x-1/2 animate-appear overflow-y-auto rounded-lg border border-line bg-raised p-5 shadow-float",
            className,
          )}
        >
          <Radix.Title className="pr-8 text-lg font-semibold">{title}</Radix.Title>
          {description !== undefined && (
            <Radix.Description className="mt-1 text-muted">{description}</Radix.Description>
          )}
          <div className="mt-4">{children}</div>
          {/* Last, so that focus begins at what the window is for; without a tooltip, which would take the Escape. */}
          <Radix.Close aria-label="Close" className={cx(buttonClass("quiet", true), "absolute top-4 right-3")}>
            <Icon name="cross" />
          </Radix.Close>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
