/** A POSIX shell script that installs the command line of the server at `accessUrl` for whoever runs it. */
export function installScript(accessUrl: string): string {
  const url = `'${accessUrl.replace(/\/+$/, "").replaceAll("'", `'\\''`)}'`;
  return `#!/bin/sh
# Installs hearth, the command line of the server below, into ~/.local/bin: one file, which runs on Node.js 20 or newer.
# It is compared with its SHA-256 before it is put in place. Nothing else is changed, and nothing needs root.
set -eu

url=${url}

fail() {
  printf '%s\\n' "error: $1" >&2
  exit 1
}

fetch() {
  if command -v curl >/dev/null 2>&1; then
    curl -fsS "$1"
  elif command -v wget >/dev/null 2>&1; then
    wget -qO- "$1"
  else
    fail "curl or wget is needed to download hearth."
  fi
}

checksum() {
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum "$1"
  elif command -v shasum >/dev/null 2>&1; then
    shasum -a 256 "$1"
  else
    fail "sha256sum or shasum is needed to check what was downloaded."
  fi
}

main() {
  command -v node >/dev/null 2>&1 || fail "hearth needs Node.js 20 or newer: install it from nodejs.org."
  major=$(node -p 'process.versions.node.split(".")[0]')
  [ "$major" -ge 20 ] || fail "hearth needs Node.js 20 or newer, and this is $(node --version)."
  directory="$HOME/.local/bin"
  mkdir -p "$directory"
  draft=$(mktemp "$directory/.hearth.XXXXXX")
  trap 'rm -f "$draft"' EXIT
  printf '%s\\n' "Downloading $url/bin/hearth"
  fetch "$url/bin/hearth" >"$draft" || fail "$url/bin/hearth could not be downloaded."
  wanted=$(fetch "$url/bin/hearth.sha256") || fail "$url/bin/hearth.sha256 could not be downloaded."
  found=$(checksum "$draft") || exit 1
  [ "\${found%% *}" = "\${wanted%% *}" ] || fail "What was downloaded is not what $url/bin/hearth.sha256 says: nothing is installed."
  chmod 755 "$draft"
  mv "$draft" "$directory/hearth"
  printf '%s\\n' "hearth is in $directory."
  case ":$PATH:" in
    *":$directory:"*) ;;
    *) printf '%s\\n' "Put it on your PATH: export PATH=\\"$directory:\\$PATH\\"" ;;
  esac
  printf '%s\\n' "Log in with: hearth login $url"
}

# At the end, so that half a download runs nothing.
main
`;
}
