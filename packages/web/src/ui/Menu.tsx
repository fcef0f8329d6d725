import { DropdownMenu as Radix } from "radix-ui";
import type { ReactElement, ReactNode } from "react";
import { cx } from "./class-names.ts";
import { Icon, type IconName } from "./Icon.tsx";

/** A list of actions under a button. */
export function Menu({ trigger, children }: { trigger: ReactElement; children: ReactNode }) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align="end"
          sideOffset={4}
          collisionPadding={8}
          className="z-40 min-w-44 animate-appear rounded-md border border-line bg-raised p-1 shadow-float"
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

const itemClass =
  "flex h-8 w-full items-center gap-2 rounded-sm px-2 outline-none select-none data-[highlighted]:bg-hover data-[disabled]:opacity-50";

interface ItemProps {
  icon?: IconName;
  children: ReactNode;
  onSelect: () => void;
  isDangerous?: boolean;
  disabledReason?: string | undefined;
}

export function MenuItem({ icon, children, onSelect, isDangerous = false, disabledReason }: ItemProps) {
  return (
    <Radix.Item
      // Not Radix's own `disabled`: the item must stay reachable for its reason to be heard.
      aria-disabled={disabledReason !== undefined || undefined}
      onSelect={(event) => {
        if (disabledReason === undefined) onSelect();
        else event.preventDefault();
      }}
      className={cx(
        itemClass,
        isDangerous && "text-bad",
        disabledReason !== undefined && "h-auto cursor-not-allowed py-1.5 text-muted",
      )}
    >
      {icon && <Icon name={icon} />}
      <span className="grow">
        {children}
        {disabledReason !== undefined && <span className="block max-w-56 text-xs">{disabledReason}</span>}
      </span>
    </Radix.Item>
  );
}

export function MenuChoice<T extends string>({
  label,
  value,
  choices,
  onChoose,
}: {
  label: string;
  value: T;
  choices: readonly { value: T; label: string; icon?: IconName }[];
  onChoose: (value: T) => void;
}) {
  return (
    <>
      <Radix.Label className="px-2 pt-1 pb-0.5 text-xs text-muted">{label}</Radix.Label>
      {/* Radix gives back one of the values below. */}
      <Radix.RadioGroup value={value} onValueChange={(next) => onChoose(next as T)}>
        {choices.map((choice) => (
          <Radix.RadioItem key={choice.value} value={choice.value} className={itemClass}>
            {choice.icon && <Icon name={choice.icon} />}
            <span className="grow">{choice.label}</span>
            <Radix.ItemIndicator>
              <Icon name="check" />
            </Radix.ItemIndicator>
          </Radix.RadioItem>
        ))}
      </Radix.RadioGroup>
    </>
  );
}

export function MenuLine() {
  return <Radix.Separator className="my-1 h-px bg-line" />;
}
