/** A user name made of an e-mail address: what stands before the @, in the letters that names may have. */
export function suggestUsername(email: string): string {
  return (email.split("@")[0] ?? "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 32)
    .replace(/^-+|-+$/g, "");
}
