import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { paths } from "../../paths.ts";
import { me, useLogOut } from "../../queries/session.ts";
import { useStore } from "../../streams/use-store.ts";
import { chooseTheme, theme } from "../../theme/theme.ts";
import { IconButton } from "../../ui/Button.tsx";
import { Menu, MenuChoice, MenuItem, MenuLine } from "../../ui/Menu.tsx";
import { say } from "../../ui/say.ts";
import { errorWords } from "../../words/error-words.ts";

const themeChoices = [
  { value: "system", label: "As the system", icon: "screen" },
  { value: "light", label: "Light", icon: "sun" },
  { value: "dark", label: "Dark", icon: "moon" },
] as const;

export function AccountMenu({ onHelp }: { onHelp: () => void }) {
  const router = useRouter();
  const { data: user } = useQuery(me);
  const chosen = useStore(theme);
  const logOut = useLogOut();
  return (
    <Menu
      trigger={<IconButton icon="person" hasTooltip={false} name={user ? `Account of ${user.username}` : "Account"} />}
    >
      {user && (
        <div className="max-w-64 px-2 pt-1 pb-2">
          <div className="truncate font-medium">{user.name || user.username}</div>
          <div className="truncate text-sm text-muted">{user.email}</div>
        </div>
      )}
      <MenuLine />
      <MenuChoice label="Theme" value={chosen} choices={themeChoices} onChoose={chooseTheme} />
      <MenuLine />
      <MenuItem onSelect={onHelp}>Keyboard shortcuts</MenuItem>
      <MenuItem
        onSelect={() =>
          logOut.mutate(undefined, {
            onSuccess: () => void router.navigate({ href: paths.login() }),
            onError: (error) => say({ text: errorWords(error).title, tone: "bad" }),
          })
        }
      >
        Log out
      </MenuItem>
    </Menu>
  );
}
