// The frame around every page: menu, account, language, sign-out, and whether live updates work.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Language } from "../../src/i18n";
import { hasPermission, useMe } from "./hooks/use-me";
import { useTranslation } from "./hooks/use-translation";
import { liveUpdates } from "./live-updates";
import { PasswordReset } from "./people/password-reset-notice";
import { LanguageButton } from "./ui/language-button";
import type { TextKey } from "./words";

type MenuEntry = readonly [page: string, word: TextKey, permission: string];

const MENU: readonly (readonly [TextKey, readonly MenuEntry[]])[] = [
  [
    "menu_work",
    [
      ["board", "board", "incident:direct"],
      ["decisions", "decisions", "incident:direct"],
      ["cases", "cases", "incident:read"],
      ["map", "map", "incident:read"],
    ],
  ],
  [
    "menu_people",
    [
      ["workers", "workers", "worker:read"],
      ["roster", "roster", "worker:read"],
      ["care", "care", "worker:read"],
      ["accounts", "accounts", "account:manage"],
      ["units", "units", "area:read"],
    ],
  ],
  ["menu_places", [["areas", "areas", "area:edit"]]],
  [
    "menu_results",
    [
      ["figures", "figures", "incident:direct"],
      ["evaluation", "evaluation", "incident:direct"],
      ["signals", "signals", "incident:direct"],
    ],
  ],
  [
    "menu_records",
    [
      ["files", "files", "export:run"],
      ["audit", "audit", "audit:read"],
    ],
  ],
];

export function Layout(props: {
  page: string;
  onLanguage: (language: Language) => void;
  onSignOut: () => void;
  children: ComponentChildren;
}) {
  const t = useTranslation();
  const me = useMe();
  const [isLive, setLive] = useState(liveUpdates.isLive);
  const [isOpen, setOpen] = useState(false); // the menu of a narrow screen; a wide one always shows it
  useEffect(() => liveUpdates.onLiveChange(() => setLive(liveUpdates.isLive)), []);
  useEffect(() => setOpen(false), [props.page]);
  const skip = (event: Event) => {
    event.preventDefault();
    document.querySelector("h1")?.focus();
  };
  const groups = MENU.map(
    ([name, entries]) => [name, entries.filter(([, , needs]) => hasPermission(me, needs))] as const,
  );
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        {t("skip")}
      </a>
      <header>
        <button
          type="button"
          class="menu"
          aria-expanded={isOpen}
          aria-controls="menu"
          onClick={() => setOpen(!isOpen)}
          data-testid="menu"
        >
          ☰ {t("menu")}
        </button>
        <span class="brand">{t("app")}</span>
        <div class="self">
          <span
            class={isLive ? "live on" : "live"}
            role="status"
            title={t(isLive ? "live" : "not_live")}
            data-testid="live"
          >
            {t(isLive ? "live" : "not_live")}
          </span>
          <span data-testid="me">{me.name}</span>
          <LanguageButton onLanguage={props.onLanguage} />
          <button type="button" class="plain" onClick={props.onSignOut} data-testid="sign-out">
            {t("sign_out")}
          </button>
        </div>
      </header>
      <div class="beside">
        <nav id="menu" class={isOpen ? "open" : ""} aria-label={t("main_nav")}>
          {groups
            .filter(([, entries]) => entries.length > 0)
            .map(([name, entries]) => (
              <section key={name}>
                <h2>{t(name)}</h2>
                {entries.map(([page, word]) => (
                  <a
                    key={page}
                    href={`#/${page}`}
                    aria-current={props.page === page ? "page" : undefined}
                    data-testid={`nav-${page}`}
                  >
                    {t(word)}
                  </a>
                ))}
              </section>
            ))}
        </nav>
        <main id="main">
          <PasswordReset />
          {props.children}
        </main>
      </div>
    </>
  );
}
