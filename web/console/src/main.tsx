import { render } from "preact";
import { Suspense } from "preact/compat";
import { useEffect, useState } from "preact/hooks";
import { SignedOut } from "../../src/api/http";
import type { Language } from "../../src/i18n";
import { forgetLists } from "./hooks/reference-data";
import { may, type Me, MeContext, useMe } from "./hooks/use-me";
import { LanguageContext, useWords } from "./hooks/use-translation";
import { mayLeave } from "./hooks/use-unsaved-warning";
import { Frame } from "./layout";
import { hints } from "./live-updates";
import { useRoute } from "./navigation";
import { Guarded, opened } from "./page-errors";
import { BoardPage } from "./pages/board";
import { CasePage } from "./pages/case";
import { CasesPage } from "./pages/cases";
import { ChangePassword, SignIn } from "./pages/sign-in";
import { Leaving } from "./pages/sign-out";
import { api, beginLeaving, isLeaving, onSessionOver, me as readMe, stay } from "./session";
import { Trouble } from "./ui/error-message";

const MapPage = opened(() => import("./pages/map"));
const FiguresPage = opened(() => import("./pages/figures"));
const KeptPage = opened(() => import("./pages/monthly-members"));
const MembersPage = opened(() => import("./pages/figure-members"));
const EvaluationPage = opened(() => import("./pages/evaluation"));
const PaperPage = opened(() => import("./pages/print-preview"));
const AccountPage = opened(() => import("./pages/account"));
const AccountsPage = opened(() => import("./pages/accounts"));
const AreasPage = opened(() => import("./pages/areas"));
const CarePage = opened(() => import("./pages/responsibilities"));
const UnitsPage = opened(() => import("./pages/units"));
const RosterPage = opened(() => import("./pages/roster"));
const DecisionsPage = opened(() => import("./pages/decisions"));
const FilesPage = opened(() => import("./pages/files"));
const SignalsPage = opened(() => import("./pages/signals"));
const AuditPage = opened(() => import("./pages/audit"));
const WorkersPage = opened(() => import("./pages/workers"));

function Shown() {
  const { path, query } = useRoute();
  const me = useMe();
  const t = useWords();
  const [asked, id = ""] = path;
  // Whoever audits and directs nothing has one page.
  const page = may(me, "incident:direct") ? asked : "audit";
  const key = `${page} ${query}`;
  switch (page) {
    case "cases":
      // What was chosen on one page of a list stays on the next.
      return <CasesPage key={`cases ${withoutCursor(query)}`} query={query} />;
    case "case":
      return <CasePage key={id} id={id} query={query} />;
    case "decisions":
      return <DecisionsPage />;
    case "files":
      return <FilesPage key={key} query={query} />;
    case "signals":
      return <SignalsPage key={key} query={query} />;
    case "audit":
      return <AuditPage key={key} query={query} />;
    case "map":
      return <MapPage query={query} />;
    case "figures":
      return <FiguresPage key={key} query={query} />;
    case "evaluation":
      return <EvaluationPage key={key} query={query} />;
    case "kept":
      return <KeptPage key={key} query={query} />;
    case "members":
      return <MembersPage key={key} query={query} />;
    case "paper":
      return <PaperPage key={`${key} ${t.language}`} path={query.get("path") ?? ""} />;
    case "accounts":
      return <AccountsPage key={key} query={query} />;
    case "account":
      return <AccountPage key={id} id={id} />;
    case "units":
      return <UnitsPage key={key} query={query} />;
    case "areas":
      return <AreasPage key={key} query={query} />;
    case "care":
      return <CarePage key={key} query={query} />;
    case "roster":
      return <RosterPage key={key} query={query} />;
    case "workers":
      return <WorkersPage key={key} query={query} />;
    default:
      return <BoardPage key={key} query={query} />;
  }
}

function withoutCursor(query: URLSearchParams): URLSearchParams {
  const rest = new URLSearchParams(query);
  rest.delete("cursor");
  return rest;
}

type Standing = { who: "unknown" | "nobody" | "somebody" | "leaving"; me: Me | null; wasOver: boolean; error: unknown };

function App(props: { language: Language }) {
  const [language, setLanguage] = useState(props.language);
  const [standing, setStanding] = useState<Standing>({ who: "unknown", me: null, wasOver: false, error: null });
  const { path } = useRoute();
  const choose = (chosen: Language) => {
    localStorage.setItem("gridward-language", chosen);
    // Before anything is drawn or asked in it.
    api.language = chosen;
    setLanguage(chosen);
  };
  const begin = (isFirst: boolean) => {
    forgetLists();
    readMe().then(
      (me) => setStanding({ who: "somebody", me, wasOver: false, error: null }),
      (error: unknown) =>
        setStanding({ who: error instanceof SignedOut ? "nobody" : "unknown", me: null, wasOver: !isFirst, error: error instanceof SignedOut ? null : error }),
    );
  };
  const leave = (wasOver: boolean) => {
    hints.stop();
    api.forget();
    setStanding({ who: "nobody", me: null, wasOver, error: null });
  };
  const signOut = () => {
    if (!mayLeave()) return;
    beginLeaving();
    hints.stop();
    api.forget();
    setStanding({ who: "leaving", me: null, wasOver: false, error: null });
  };
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  useEffect(() => {
    onSessionOver(() => !isLeaving() && leave(api.account !== null));
    // Whoever was leaving when the page was loaded anew is leaving still.
    if (isLeaving()) signOut();
    else begin(true);
  }, []);
  const isIn = standing.who === "somebody" && !standing.me?.must_change_password;
  useEffect(() => {
    if (!isIn) return;
    hints.start();
    return () => hints.stop();
  }, [isIn]);
  return (
    <LanguageContext.Provider value={language}>
      <Guarded>
        {standing.error !== null ? (
          <main class="door"><Trouble error={standing.error} retry={() => begin(true)} /></main>
        ) : standing.who === "leaving" ? (
          <Leaving onLeft={() => leave(false)} onStay={() => (stay(), begin(true))} />
        ) : standing.who === "nobody" ? (
          <SignIn onLanguage={choose} onSignedIn={() => begin(false)} wasOver={standing.wasOver} />
        ) : standing.me === null ? null : standing.me.must_change_password ? (
          <ChangePassword onChanged={() => begin(false)} />
        ) : (
          <MeContext.Provider value={standing.me}>
            <Frame page={path[0] || (may(standing.me, "incident:direct") ? "board" : "audit")} onLanguage={choose} onSignOut={signOut}>
              {may(standing.me, "incident:direct") || may(standing.me, "audit:read") ? (
                <Guarded><Suspense fallback={<Waiting />}><Shown /></Suspense></Guarded>
              ) : (
                <Outsider />
              )}
            </Frame>
          </MeContext.Provider>
        )}
      </Guarded>
    </LanguageContext.Provider>
  );
}

function Waiting() {
  const t = useWords();
  return <p class="quiet" role="status">{t("loading")}</p>;
}

function Outsider() {
  const t = useWords();
  return <p class="trouble">{t("not_for_you")}</p>;
}

const kept = localStorage.getItem("gridward-language");
const language: Language = kept === "en" || kept === "zh-CN" ? kept : navigator.language.startsWith("zh") ? "zh-CN" : "en";
api.language = language;
document.documentElement.lang = language;
render(<App language={language} />, document.getElementById("app")!);
