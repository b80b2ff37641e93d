// What stands around every page: the way to the others, who reads, whether what is shown is live.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { hints } from "./hints";
import { may, useMe, useWords } from "./state";
import type { Language } from "../../src/speaking";
import type { Word } from "./words/interface";

const PAGES: readonly [string, Word, string][] = [
  ["board", "board", "incident:direct"],
  ["cases", "cases", "incident:read"],
  ["map", "map", "incident:read"],
  ["figures", "figures", "incident:direct"],
  ["evaluation", "evaluation", "incident:direct"],
  ["workers", "workers", "worker:read"],
];

export function Frame(props: { page: string; onLanguage: (language: Language) => void; onSignOut: () => void; children: ComponentChildren }) {
  const t = useWords();
  const me = useMe();
  const [isLive, setLive] = useState(hints.isLive);
  useEffect(() => hints.watch(() => setLive(hints.isLive)), []);
  const skip = (event: Event) => {
    event.preventDefault();
    document.querySelector("h1")?.focus();
  };
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>{t("skip")}</a>
      <header>
        <span class="brand">{t("app")}</span>
        <nav aria-label={t("main_nav")}>
          {PAGES.filter(([, , needs]) => may(me, needs)).map(([page, word]) => (
            <a key={page} href={`#/${page}`} aria-current={props.page === page ? "page" : undefined} data-testid={`nav-${page}`}>{t(word)}</a>
          ))}
        </nav>
        <div class="self">
          <span class={isLive ? "live on" : "live"} role="status" title={t(isLive ? "live" : "not_live")} data-testid="live">{t(isLive ? "live" : "not_live")}</span>
          <span data-testid="me">{me.name}</span>
          <Languages onLanguage={props.onLanguage} />
          <button type="button" class="plain" onClick={props.onSignOut} data-testid="sign-out">{t("sign_out")}</button>
        </div>
      </header>
      <main id="main">{props.children}</main>
    </>
  );
}

export function Languages(props: { onLanguage: (language: Language) => void }) {
  const t = useWords();
  const other: Language = t.language === "en" ? "zh-CN" : "en";
  return (
    <button type="button" class="plain" lang={other} onClick={() => props.onLanguage(other)} data-testid="language">
      {other === "en" ? "English" : "中文"}
    </button>
  );
}
