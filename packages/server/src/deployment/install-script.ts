/**
 * A POSIX shell script that installs the command line of the server at `accessUrl` for whoever runs it: the one file
 * where there is a Node for it, else the single executable where that runs.
 */
export function installScript(accessUrl: string): string {
  const url = `'${accessUrl.replace(/\/+$/, "").replaceAll("'", `'\\''`)}'`;
  return `#!/bin/sh
# Installs hearth, the command line of the server below, into ~/.local/bin: one file, which runs on Node.js 20 or newer.
# Where there is none, on Linux on x86-64 with glibc, it is a program that needs nothing else, of some 130 MB.
# It is compared with its SHA-256 before it is put in place. Nothing else is changed, and nothing needs root.
set -eu

url=${url}
loader=/lib64/ld-linux-x86-64.so.2

fail() {
  printf '%s\\n' "error: $1" >&2
  exit 1
}

fetch() {
  if command -v curl >/dev/null 2>&1; then
    case "$(curl --version)" in
      *libz*) curl -fsS --compressed "$1" ;;
      *) curl -fsS "$1" ;;
    esac
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

# Sets program, and why there is no more to it where it cannot be downloaded.
choose() {
  program=hearth
  why=
  major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null) || major=0
  [ "$major" -lt 20 ] || return 0
  if [ "$major" -eq 0 ]; then found="there is none here"; else found="this is $(node --version)"; fi
  need="hearth needs Node.js 20 or newer, and $found"
  [ "$(uname -s) $(uname -m)" = "Linux x86_64" ] || fail "$need: install it from nodejs.org."
  [ -e "$loader" ] || fail "$need: install it with your system's packages (on Alpine Linux: apk add nodejs). The program that brings its own needs glibc."
  program=hearth-linux-x64
  why=" $need. A server has the program that brings its own once its operator has run 'npm run package'."
}

main() {
  choose
  directory="$HOME/.local/bin"
  mkdir -p "$directory"
  draft=$(mktemp "$directory/.hearth.XXXXXX")
  trap 'rm -f "$draft"' EXIT
  printf '%s\\n' "Downloading $url/bin/$program"
  fetch "$url/bin/$program" >"$draft" || fail "$url/bin/$program could not be downloaded.$why"
  wanted=$(fetch "$url/bin/$program.sha256") || fail "$url/bin/$program.sha256 could not be downloaded."
  found=$(checksum "$draft") || exit 1
  [ "\${found%% *}" = "\${wanted%% *}" ] || fail "What was downloaded is not what $url/bin/$program.sha256 says: nothing is installed."
  chmod 755 "$draft"
  if [ "$program" != hearth ]; then
    XDG_CACHE_HOME=/dev/null "$draft" --version >/dev/null || fail "What was downloaded does not run here: nothing is installed.$why"
  fi
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
