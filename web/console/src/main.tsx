import { render } from "preact";
import { Suspense } from "preact/compat";
import { useEffect, useState } from "preact/hooks";
import { SignedOut } from "../../src/api/http";
import type { Language } from "../../src/i18n";
import { EmergencyProvider } from "./emergency/open-calls";
import { clearReferenceData } from "./hooks/reference-data";
import { type Me, MeContext, useMe } from "./hooks/use-me";
import { LanguageContext, useTranslation } from "./hooks/use-translation";
import { confirmLeave } from "./hooks/use-unsaved-warning";
import { Layout } from "./layout";
import { liveUpdates } from "./live-updates";
import { useRoute } from "./navigation";
import { isPage, mayOpen, startPage } from "./page-access";
import { ErrorBoundary, lazyPage } from "./page-errors";
import { BoardPage } from "./pages/board";
import { CasePage } from "./pages/case";
import { CasesPage } from "./pages/cases";
import { NoPage } from "./pages/no-page";
import { ChangePassword, SignIn } from "./pages/sign-in";
import { SignOutPage } from "./pages/sign-out";
import { api, clearSigningOut, fetchMe, isSigningOut, markSigningOut, onSessionOver } from "./session";
import { ErrorMessage } from "./ui/error-message";

const MyAccountPage = lazyPage(() => import("./pages/my-account"));
const MyWorkPage = lazyPage(() => import("./pages/my-work"));
const FiguresPage = lazyPage(() => import("./pages/figures"));
const MonthlyMembersPage = lazyPage(() => import("./pages/monthly-members"));
const FigureMembersPage = lazyPage(() => import("./pages/figure-members"));
const NewCasePage = lazyPage(() => import("./pages/new-case"));
const EvaluationPage = lazyPage(() => import("./pages/evaluation"));
const PrintPreviewPage = lazyPage(() => import("./pages/print-preview"));
const AccountPage = lazyPage(() => import("./pages/account"));
const AccountsPage = lazyPage(() => import("./pages/accounts"));
const AreasPage = lazyPage(() => import("./pages/areas"));
const ResponsibilitiesPage = lazyPage(() => import("./pages/responsibilities"));
const UnitsPage = lazyPage(() => import("./pages/units"));
const RosterPage = lazyPage(() => import("./pages/roster"));
const DecisionsPage = lazyPage(() => import("./pages/decisions"));
const FilesPage = lazyPage(() => import("./pages/files"));
const RulesPage = lazyPage(() => import("./pages/rules"));
const SignalsPage = lazyPage(() => import("./pages/signals"));
const AuditPage = lazyPage(() => import("./pages/audit"));
const ServiceAccountsPage = lazyPage(() => import("./pages/service-accounts"));
const ServiceAccountPage = lazyPage(() => import("./pages/service-account"));
const WebhooksPage = lazyPage(() => import("./pages/webhooks"));
const MessagesPage = lazyPage(() => import("./pages/messages"));
const HouseholdsPage = lazyPage(() => import("./pages/households"));
const HouseholdPage = lazyPage(() => import("./pages/household"));
const NoticesPage = lazyPage(() => import("./pages/notices"));
const NoticePage = lazyPage(() => import("./pages/notice"));
const ToReleasePage = lazyPage(() => import("./pages/to-release"));
const WorkersPage = lazyPage(() => import("./pages/workers"));

function Routes(props: { onLanguage: (language: Language) => void }) {
  const { path, query } = useRoute();
  const me = useMe();
  const t = useTranslation();
  const [requestedPage, id = ""] = path;
  const page = requestedPage || startPage(me);
  if (!isPage(page) || !mayOpen(me, page)) return <NoPage key={page} isUnknown={!isPage(page)} />;
  const key = `${page} ${query}`;
  switch (page) {
    case "cases":
      return <CasesPage query={query} page="cases" />;
    case "case":
      return <CasePage key={id} id={id} query={query} />;
    case "new-case":
      return <NewCasePage />;
    case "decisions":
      return <DecisionsPage />;
    case "files":
      return <FilesPage key={key} query={query} />;
    case "rules":
      return <RulesPage key={key} query={query} />;
    case "signals":
      return <SignalsPage key={key} query={query} />;
    case "audit":
      return <AuditPage key={key} query={query} />;
    case "map":
      return <CasesPage query={query} page="map" />;
    case "figures":
      return <FiguresPage key={key} query={query} />;
    case "evaluation":
      return <EvaluationPage key={key} query={query} />;
    case "kept":
      return <MonthlyMembersPage key={key} query={query} />;
    case "members":
      return <FigureMembersPage key={key} query={query} />;
    case "paper":
      return <PrintPreviewPage key={`${key} ${t.language}`} path={query.get("path") ?? ""} />;
    case "accounts":
      return <AccountsPage key={key} query={query} />;
    case "account":
      return <AccountPage key={id} id={id} />;
    case "units":
      return <UnitsPage key={key} query={query} />;
    case "areas":
      return <AreasPage key={key} query={query} />;
    case "care":
      return <ResponsibilitiesPage key={key} query={query} />;
    case "roster":
      return <RosterPage key={key} query={query} />;
    case "to-release":
      return <ToReleasePage key={key} query={query} />;
    case "service-accounts":
      return <ServiceAccountsPage key={key} query={query} />;
    case "service-account":
      return <ServiceAccountPage key={id} id={id} />;
    case "webhooks":
      return <WebhooksPage />;
    case "messages":
      return <MessagesPage key={key} query={query} />;
    case "households":
      return <HouseholdsPage key={key} query={query} />;
    case "household":
      return <HouseholdPage key={id} id={id} />;
    case "notices":
      return <NoticesPage key={key} query={query} />;
    case "notice":
      return <NoticePage key={`${id} ${query}`} id={id} query={query} />;
    case "workers":
      return <WorkersPage key={key} query={query} />;
    case "my-work":
      return <MyWorkPage key={key} query={query} />;
    case "my-account":
      return <MyAccountPage onLanguage={props.onLanguage} />;
    default:
      return <BoardPage key={key} query={query} />;
  }
}

type SessionState = {
  status: "unknown" | "nobody" | "somebody" | "leaving";
  me: Me | null;
  wasOver: boolean;
  error: unknown;
};

function App(props: { language: Language }) {
  const [language, setLanguage] = useState(props.language);
  const [session, setStanding] = useState<SessionState>({ status: "unknown", me: null, wasOver: false, error: null });
  const { path } = useRoute();
  const chooseLanguage = (newLanguage: Language) => {
    localStorage.setItem("gridward-language", newLanguage);
    // Set before the next request or render.
    api.language = newLanguage;
    setLanguage(newLanguage);
  };
  const loadAccount = (isFirst: boolean) => {
    clearReferenceData();
    fetchMe().then(
      (me) => setStanding({ status: "somebody", me, wasOver: false, error: null }),
      (error: unknown) =>
        setStanding({
          status: error instanceof SignedOut ? "nobody" : "unknown",
          me: null,
          wasOver: !isFirst,
          error: error instanceof SignedOut ? null : error,
        }),
    );
  };
  const endSession = (wasOver: boolean) => {
    liveUpdates.stop();
    api.forget();
    setStanding({ status: "nobody", me: null, wasOver, error: null });
  };
  const signOut = () => {
    if (!confirmLeave()) return;
    markSigningOut();
    liveUpdates.stop();
    api.forget();
    setStanding({ status: "leaving", me: null, wasOver: false, error: null });
  };
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  useEffect(() => {
    onSessionOver(() => !isSigningOut() && endSession(api.account !== null));
    // A sign-out that was interrupted by a reload continues.
    if (isSigningOut()) signOut();
    else loadAccount(true);
  }, []);
  const isSignedIn = session.status === "somebody" && !session.me?.must_change_password;
  useEffect(() => {
    if (!isSignedIn) return;
    liveUpdates.start();
    return () => liveUpdates.stop();
  }, [isSignedIn]);
  return (
    <LanguageContext.Provider value={language}>
      <ErrorBoundary>
        {session.error !== null ? (
          <main class="door">
            <ErrorMessage error={session.error} retry={() => loadAccount(true)} />
          </main>
        ) : session.status === "leaving" ? (
          <SignOutPage onSignedOut={() => endSession(false)} onCancel={() => (clearSigningOut(), loadAccount(true))} />
        ) : session.status === "nobody" ? (
          <SignIn onLanguage={chooseLanguage} onSignedIn={() => loadAccount(false)} wasOver={session.wasOver} />
        ) : session.me === null ? null : session.me.must_change_password ? (
          <ChangePassword onChanged={() => loadAccount(false)} />
        ) : (
          <MeContext.Provider value={session.me}>
            <EmergencyProvider>
              <Layout page={path[0] || startPage(session.me)} onLanguage={chooseLanguage} onSignOut={signOut}>
                <ErrorBoundary>
                  <Suspense fallback={<Loading />}>
                    <Routes onLanguage={chooseLanguage} />
                  </Suspense>
                </ErrorBoundary>
              </Layout>
            </EmergencyProvider>
          </MeContext.Provider>
        )}
      </ErrorBoundary>
    </LanguageContext.Provider>
  );
}

function Loading() {
  const t = useTranslation();
  return (
    <p class="quiet" role="status">
      {t("loading")}
    </p>
  );
}

const storedLanguage = localStorage.getItem("gridward-language");
const language: Language =
  storedLanguage === "en" || storedLanguage === "zh-CN"
    ? storedLanguage
    : navigator.language.startsWith("zh")
      ? "zh-CN"
      : "en";
api.language = language;
document.documentElement.lang = language;
render(<App language={language} />, document.getElementById("app")!);
