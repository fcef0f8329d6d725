import { endpoints, type Client, type Group } from "@hearth/sdk";
import { Failure } from "#means/failure.ts";

/** The group of that name or id. @throws Failure naming those that there are */
export async function findGroup(client: Client, organization: string, wanted: string): Promise<Group> {
  const groups = await client.call(endpoints.groups.listOrganizationGroups, { params: { organization } });
  const found = groups.find(({ id, name }) => id === wanted || name.toLowerCase() === wanted.toLowerCase());
  if (found !== undefined) return found;
  throw new Failure(`There is no group "${wanted}".`, {
    hint: `There are: ${groups.map(({ name }) => name).join(", ")}`,
  });
}

/** Ids of members of the organization, named by username, e-mail address or id. @throws Failure naming who is none */
export async function idsOfMembers(client: Client, organization: string, wanted: readonly string[]): Promise<string[]> {
  if (wanted.length === 0) return [];
  const members = await client.call(endpoints.organizations.listMembers, { params: { organization } });
  const ids = wanted.map((text) => {
    const name = text.toLowerCase();
    return members.find(
      ({ user_id, username, email }) =>
        user_id === name || username.toLowerCase() === name || email.toLowerCase() === name,
    )?.user_id;
  });
  const unknown = wanted.filter((_, index) => ids[index] === undefined);
  if (unknown.length > 0) throw new Failure(`Not a member of the organization: ${unknown.join(", ")}.`);
  return ids.flatMap((id) => id ?? []);
}

/** The values of an option that may be repeated, and in each of which commas part several. */
export function listed(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(",")).flatMap((value) => (value.trim() === "" ? [] : [value.trim()]));
}

/** What somebody is given: `use` works with it, `admin` also changes it. */
export const roles = ["use", "admin"] as const;

/** `ada` or `ada:admin`: whom, and as what. @throws Failure for another role */
export function parseGrant(text: string): { readonly name: string; readonly role: (typeof roles)[number] } {
  const [name = "", word = "use"] = text.split(":");
  const role = roles.find((each) => each === word);
  if (role === undefined) throw new Failure(`"${text}": there is no role "${word}"; there are ${roles.join(", ")}`);
  return { name, role };
}
