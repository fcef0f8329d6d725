import { useId, type ButtonHTMLAttributes, type ReactNode } from "react";
import { cx } from "./class-names.ts";
import { Icon, type IconName } from "./Icon.tsx";
import { Tooltip } from "./Tooltip.tsx";

export type ButtonLook = "primary" | "plain" | "quiet" | "danger";

interface CommonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "disabled"> {
  look?: ButtonLook;
  icon?: IconName;
  /** Cannot be used now, and why: it stays reachable by keyboard, so that everybody can learn the reason. */
  disabledReason?: string | undefined;
  /** What it began is under way. */
  isPending?: boolean;
}

const base =
  "inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap transition-colors select-none aria-disabled:cursor-not-allowed aria-disabled:opacity-50";

const looks: Readonly<Record<ButtonLook, string>> = {
  primary: "bg-accent text-on-accent not-aria-disabled:hover:bg-accent-hover",
  plain: "border border-line-strong/60 bg-surface text-text not-aria-disabled:hover:bg-hover",
  quiet: "text-text not-aria-disabled:hover:bg-hover",
  danger: "bg-bad text-on-bad not-aria-disabled:hover:opacity-90",
};

/** The classes of a button, for links that look like one. */
export function buttonClass(look: ButtonLook = "plain", isIconOnly = false): string {
  return cx(base, looks[look], isIconOnly ? "size-8" : "h-8 px-3");
}

function Core({
  look = "plain",
  icon,
  disabledReason,
  isPending = false,
  isIconOnly = false,
  children,
  onClick,
  className,
  ...props
}: CommonProps & { isIconOnly?: boolean; children?: ReactNode }) {
  const reasonId = useId();
  const isDisabled = disabledReason !== undefined || isPending;
  const button = (
    <button
      type="button"
      {...props}
      className={cx(buttonClass(look, isIconOnly), className)}
      aria-disabled={isDisabled || undefined}
      aria-busy={isPending || undefined}
      aria-describedby={disabledReason === undefined ? props["aria-describedby"] : reasonId}
      onClick={isDisabled ? (event) => event.preventDefault() : onClick}
    >
      {isPending ? <Icon name="spinner" className="animate-turn" /> : icon && <Icon name={icon} />}
      {children}
      {disabledReason !== undefined && (
        <span id={reasonId} hidden>
          {disabledReason}
        </span>
      )}
    </button>
  );
  return disabledReason === undefined ? button : <Tooltip text={disabledReason}>{button}</Tooltip>;
}

export function Button(props: CommonProps & { children: ReactNode }) {
  return <Core {...props} />;
}

/** A button that is a picture: its name is for readers, and shown when pointed at. */
export function IconButton({
  name,
  hasTooltip = true,
  ...props
}: CommonProps & {
  icon: IconName;
  name: string;
  /** Not for buttons of menus, which get the focus back, and would show their name whenever one closes. */
  hasTooltip?: boolean;
}) {
  const button = <Core look="quiet" {...props} isIconOnly aria-label={name} />;
  return hasTooltip && props.disabledReason === undefined ? <Tooltip text={name}>{button}</Tooltip> : button;
}
