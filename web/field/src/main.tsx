import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { store } from "./client";
import { chooseLanguage, LanguageContext } from "./hooks/use-translation";
import { useStoredState, WorkerStateContext } from "./hooks/use-worker-state";
import { Layout } from "./layout";
import { uploadAllMedia } from "./media-upload";
import { useRoute } from "./navigation";
import { DayPage } from "./pages/day";
import { FiguresPage } from "./pages/figures";
import { MePage } from "./pages/me";
import { OutboxPage } from "./pages/outbox";
import { PasswordChangePage } from "./pages/password-change";
import { ReportPage } from "./pages/report";
import { SignInPage } from "./pages/sign-in";
import { TaskPage } from "./pages/task";
import { TasksPage } from "./pages/tasks";
import { VisitPage } from "./pages/visit";
import { VisitsPage } from "./pages/visits";
import { restoreSession } from "./session";
import { sync } from "./sync";
import { sendPositions, tracking } from "./tracking";
import type { Language } from "./words";

// Pages for which homes are read from the store.
const PAGES_WITH_HOMES = new Set(["day", "visits", "visit"]);

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
        ) : page === "figures" ? (
          <FiguresPage />
        ) : page === "task" ? (
          <TaskPage key={id ?? ""} id={id ?? ""} />
        ) : page === "day" ? (
          <DayPage />
        ) : page === "visits" ? (
          <VisitsPage />
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
  sync.start();
  tracking.start();
  // Registered last: it may take long or be forbidden, and sync must not wait for it.
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("./sw.js", { scope: "./" }).catch(reportError);
}

void start();
