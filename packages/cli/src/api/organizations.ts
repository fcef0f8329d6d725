import { endpoints, type Client, type Organization } from "@hearth/sdk";
import { Failure, UsageError } from "#means/failure.ts";

/**
 * The organization of that name or id among the user's own; without one, the only one.
 * @throws UsageError when the user is in several and none is named, Failure when there is none of that name.
 */
export async function resolveOrganization(client: Client, wanted: string | undefined): Promise<Organization> {
  const organizations = await client.call(endpoints.users.listUserOrganizations, { params: { user: "me" } });
  const names = organizations.map((organization) => organization.name).join(", ");
  if (wanted !== undefined) {
    const found = organizations.find(({ id, name }) => id === wanted || name === wanted);
    if (found !== undefined) return found;
    throw new Failure(`You are in no organization "${wanted}".`, {
      hint: names === "" ? undefined : `You are in: ${names}`,
    });
  }
  const [only, another] = organizations;
  if (only === undefined) throw new Failure("You are in no organization; ask an owner to add you to one.");
  if (another === undefined) return only;
  throw new UsageError(`You are in several organizations (${names}); name one with --organization`);
}
