// Light and dark: follows the system until the reader chooses; the choice is a cookie that the server renders.
export type Theme = "light" | "dark";

/** The theme on the screen: the chosen one, else the system's. */
export function shown(root: HTMLElement, systemIsDark: boolean): Theme {
  const chosen = root.dataset.bsTheme;
  if (chosen === "light" || chosen === "dark") return chosen;
  return systemIsDark ? "dark" : "light";
}

/** The cookie that keeps a choice for a year. */
export function cookie(theme: Theme, secure: boolean): string {
  return `theme=${theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure ? "; Secure" : ""}`;
}

export function startTheme(): void {
  const root = document.documentElement;
  const button = document.querySelector<HTMLButtonElement>("[data-theme-toggle]");
  if (!button) return;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const show = (): void => {
    const use = button.querySelector("use");
    use?.setAttribute("href", shown(root, system.matches) === "dark" ? "#icon-sun" : "#icon-moon");
  };
  button.addEventListener("click", () => {
    const next: Theme = shown(root, system.matches) === "dark" ? "light" : "dark";
    root.dataset.bsTheme = next;
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser yet
    document.cookie = cookie(next, location.protocol === "https:");
    show();
  });
  system.addEventListener("change", show);
  show();
}
