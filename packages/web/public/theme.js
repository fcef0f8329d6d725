// Sets the chosen theme before anything is drawn; without a choice the system's applies. See src/theme/theme.ts.
try {
  const theme = localStorage.getItem("hearth.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is switched off: the system's theme it is.
}
