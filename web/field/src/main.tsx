import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { fetchCasePhotos } from "./case-photos";
import { storeMapTiles } from "./map-tiles";
import { store } from "./client";
import { chooseLanguage, LanguageContext } from "./hooks/use-translation";
import { useStoredState, WorkerStateContext } from "./hooks/use-worker-state";
import { Layout } from "./layout";
import { uploadAllMedia } from "./media-upload";
import { useRoute } from "./navigation";
import { SignInPage } from "./pages/sign-in";
import { TasksPage } from "./pages/tasks";
import { restoreSession } from "./session";
import { sync } from "./sync";
import { lazyComponent } from "./ui/lazy-component";
import { sendPositions, tracking } from "./tracking";
import type { Language } from "./words";

// The first page and the sign-in are loaded at once, all others when they are opened or when the phone has time.
const DayPage = lazyComponent(() => import("./pages/day").then((page) => page.DayPage));
const FiguresPage = lazyComponent(() => import("./pages/figures").then((page) => page.FiguresPage));
const MePage = lazyComponent(() => import("./pages/me").then((page) => page.MePage));
const OutboxPage = lazyComponent(() => import("./pages/outbox").then((page) => page.OutboxPage));
const PasswordChangePage = lazyComponent(() =>
  import("./pages/password-change").then((page) => page.PasswordChangePage),
);
const ReportPage = lazyComponent(() => import("./pages/report").then((page) => page.ReportPage));
const SessionsPage = lazyComponent(() => import("./pages/sessions").then((page) => page.SessionsPage));
const TaskPage = lazyComponent(() => import("./pages/task").then((page) => page.TaskPage));
const ToTellPage = lazyComponent(() => import("./pages/to-tell").then((page) => page.ToTellPage));
const VisitPage = lazyComponent(() => import("./pages/visit").then((page) => page.VisitPage));
const VisitsPage = lazyComponent(() => import("./pages/visits").then((page) => page.VisitsPage));
const PRELOADED = [TaskPage, ReportPage, OutboxPage, MePage, DayPage, VisitsPage, VisitPage, ToTellPage];
const PRELOAD_AFTER_MS = 3_000;

// Pages for which homes are read from the store.
const PAGES_WITH_HOMES = new Set(["day", "visits", "visit", "to-tell"]);

function App(props: { language: Language }) {
  const [language, setLanguage] = useState(props.language);
  const [page, id] = useRoute();
  const workerState = useStoredState(PAGES_WITH_HOMES.has(page ?? ""));
  useEffect(() => void chooseLanguage(language), [language]);
  if (workerState === null) return null;
  const content =
    workerState.owner === null ? (
      <SignInPage onLanguage={setLanguage} />
    ) : workerState.passwordFirst ? (
      <PasswordChangePage onLanguage={setLanguage} />
    ) : (
      <Layout page={page ?? ""}>
        {page === "report" ? (
          <ReportPage />
        ) : page === "outbox" ? (
          <OutboxPage />
        ) : page === "me" ? (
          <MePage onLanguage={setLanguage} />
        ) : page === "sessions" ? (
          <SessionsPage />
        ) : page === "figures" ? (
          <FiguresPage />
        ) : page === "task" ? (
          <TaskPage key={id ?? ""} id={id ?? ""} />
        ) : page === "day" ? (
          <DayPage />
        ) : page === "visits" ? (
          <VisitsPage />
        ) : page === "to-tell" ? (
          <ToTellPage />
        ) : page === "visit" ? (
          <VisitPage key={id ?? ""} id={id ?? ""} />
        ) : (
          <TasksPage />
        )}
      </Layout>
    );
  return (
    <LanguageContext.Provider value={language}>
      <WorkerStateContext.Provider value={workerState}>{content}</WorkerStateContext.Provider>
    </LanguageContext.Provider>
  );
}

async function start(): Promise<void> {
  await restoreSession();
  const storedLanguage = await store.readValue<Language>("language");
  const language: Language = storedLanguage ?? (navigator.language.startsWith("zh") ? "zh-CN" : "en");
  await chooseLanguage(language);
  render(<App language={language} />, document.getElementById("app")!);
  // Ask the browser not to evict the queue when storage is short; it may refuse.
  if (navigator.storage?.persist) void navigator.storage.persist();
  sync.additionalSenders = [sendPositions, uploadAllMedia];
  sync.additionalDownloads = [fetchCasePhotos, storeMapTiles];
  sync.start();
  tracking.start();
  // Registered last: it may take long or be forbidden, and sync must not wait for it.
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("./sw.js", { scope: "./" }).catch(reportError);
  // Without a network a page that is not loaded yet is loaded when it is opened, from the service worker's cache.
  setTimeout(() => PRELOADED.forEach((page) => void page.preload().catch(() => undefined)), PRELOAD_AFTER_MS);
}

void start();
