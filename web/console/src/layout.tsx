// The frame around every page: menu, account, language, sign-out, and whether live updates work.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Language } from "../../src/i18n";
import { type Me, useMe } from "./hooks/use-me";
import { useTranslation } from "./hooks/use-translation";
import { useSoundSetting } from "./emergency/alarm-sound";
import { EmergencyBar } from "./emergency/emergency-bar";
import { useEmergencies } from "./emergency/open-calls";
import { liveUpdates } from "./live-updates";
import { mayOpen, mayUseFieldApp } from "./page-access";
import { PasswordReset } from "./people/password-reset-notice";
import { LanguageButton } from "./ui/language-button";
import type { TextKey } from "./words";

/** Entries of the menu. Which of them an account sees is in `page-access.ts`. */
const MENU: readonly (readonly [title: TextKey, pages: readonly (readonly [page: string, word: TextKey])[]])[] = [
  [
    "menu_work",
    [
      ["board", "board"],
      ["decisions", "decisions"],
      ["my-work", "my_work"],
      ["cases", "cases"],
      ["to-release", "to_release"],
      ["map", "map"],
    ],
  ],
  [
    "menu_people",
    [
      ["workers", "workers"],
      ["roster", "roster"],
      ["care", "care"],
      ["accounts", "accounts"],
      ["units", "units"],
    ],
  ],
  [
    "menu_places",
    [
      ["households", "households"],
      ["notices", "notices"],
      ["areas", "areas"],
    ],
  ],
  [
    "menu_systems",
    [
      ["service-accounts", "service_accounts"],
      ["webhooks", "webhooks"],
      ["messages", "messages"],
    ],
  ],
  [
    "menu_results",
    [
      ["figures", "figures"],
      ["evaluation", "evaluation"],
      ["signals", "signals"],
      ["rules", "rules"],
    ],
  ],
  [
    "menu_records",
    [
      ["files", "files"],
      ["audit", "audit"],
    ],
  ],
];

/** A supervisor's own work is among the cases: `my-work` is for those who direct none. */
const isInMenu = (me: Me, page: string) => mayOpen(me, page) && !(page === "my-work" && mayOpen(me, "board"));

export function Layout(props: {
  page: string;
  onLanguage: (language: Language) => void;
  onSignOut: () => void;
  children: ComponentChildren;
}) {
  const t = useTranslation();
  const me = useMe();
  const [isSoundOn, toggleSound] = useSoundSetting();
  const [isOpen, setOpen] = useState(false); // the menu of a narrow screen; a wide one always shows it
  useEffect(() => setOpen(false), [props.page]);
  const skip = (event: Event) => {
    event.preventDefault();
    document.querySelector("h1")?.focus();
  };
  const groups = MENU.map(([name, entries]) => [name, entries.filter(([page]) => isInMenu(me, page))] as const);
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        {t("skip")}
      </a>
      <EmergencyBar isSoundOn={isSoundOn} />
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
          <LiveStatus />
          <SoundButton isOn={isSoundOn} onToggle={toggleSound} />
          <a href="#/my-account" title={t("my_account")} data-testid="me">
            {me.name}
          </a>
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
                    <MenuCount page={page} />
                  </a>
                ))}
              </section>
            ))}
          {mayUseFieldApp(me) && !mayOpen(me, "board") && (
            <section>
              <a href="../field/" data-testid="nav-field-app">
                {t("to_field_app")}
              </a>
            </section>
          )}
        </nav>
        <main id="main">
          <PasswordReset />
          {props.children}
        </main>
      </div>
    </>
  );
}

/** What waits behind a menu entry: calls for help, urgent cases. */
function MenuCount(props: { page: string }) {
  const t = useTranslation();
  const { unanswered, urgent } = useEmergencies();
  const count = props.page === "decisions" ? unanswered.length : props.page === "cases" ? urgent.length : 0;
  if (count === 0) return null;
  const label = t(props.page === "decisions" ? "count_calls" : "count_urgent", { n: count });
  return (
    <>
      {" "}
      <span class="badge" title={label} data-testid={`count-${props.page}`}>
        <span aria-hidden="true">{count}</span>
        <span class="unseen">{label}</span>
      </span>
    </>
  );
}

/** Whether changes arrive at once; if not, why, and how old the data may be. */
function LiveStatus() {
  const t = useTranslation();
  const [state, setState] = useState(liveUpdates.state);
  useEffect(() => {
    setState(liveUpdates.state);
    return liveUpdates.onStateChange(() => setState(liveUpdates.state));
  }, []);
  const isCutOff = state === "reconnecting" || state === "offline";
  return (
    <span class={`connection ${state}`} role="status" data-testid="live">
      {t(state)}
      {isCutOff && liveUpdates.heardAt !== null && ` · ${t("data_as_of", { at: t.at(liveUpdates.heardAt) })}`}
    </span>
  );
}

function SoundButton(props: { isOn: boolean; onToggle: () => void }) {
  const t = useTranslation();
  const label = t(props.isOn ? "sound_on" : "sound_off");
  return (
    <button
      type="button"
      class="plain"
      aria-label={label}
      title={label}
      aria-pressed={props.isOn}
      onClick={props.onToggle}
      data-testid="alarm-sound"
    >
      {props.isOn ? "🔔" : "🔕"}
    </button>
  );
}
