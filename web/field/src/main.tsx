import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { store } from "./client";
import { chooseLanguage, LanguageContext } from "./hooks/use-translation";
import { useHeld, WorkContext } from "./hooks/use-worker-state";
import { Frame } from "./layout";
import { sendPhotos } from "./media-upload";
import { useRoute } from "./navigation";
import { Day } from "./pages/day";
import { Figures } from "./pages/figures";
import { Me } from "./pages/me";
import { Outbox } from "./pages/outbox";
import { Password } from "./pages/password-change";
import { Report } from "./pages/report";
import { SignIn } from "./pages/sign-in";
import { TaskPage } from "./pages/task";
import { Tasks } from "./pages/tasks";
import { VisitPage } from "./pages/visit";
import { Visits } from "./pages/visits";
import { begin } from "./session";
import { sync } from "./sync";
import { sendPositions, tracking } from "./tracking";
import type { Language } from "./words";

// Pages that show homes, which are read only there.
const AT_HOMES = new Set(["day", "visits", "visit"]);

function App(props: { language: Language }) {
  const [language, setLanguage] = useState(props.language);
  const [page, id] = useRoute();
  const held = useHeld(AT_HOMES.has(page ?? ""));
  useEffect(() => void chooseLanguage(language), [language]);
  if (held === null) return null;
  const shown =
    held.owner === null ? (
      <SignIn onLanguage={setLanguage} />
    ) : held.passwordFirst ? (
      <Password onLanguage={setLanguage} />
    ) : (
      <Frame page={page ?? ""}>
        {page === "report" ? (
          <Report />
        ) : page === "outbox" ? (
          <Outbox />
        ) : page === "me" ? (
          <Me onLanguage={setLanguage} />
        ) : page === "figures" ? (
          <Figures />
        ) : page === "task" ? (
          <TaskPage key={id ?? ""} id={id ?? ""} />
        ) : page === "day" ? (
          <Day />
        ) : page === "visits" ? (
          <Visits />
        ) : page === "visit" ? (
          <VisitPage key={id ?? ""} id={id ?? ""} />
        ) : (
          <Tasks />
        )}
      </Frame>
    );
  return (
    <LanguageContext.Provider value={language}>
      <WorkContext.Provider value={held}>{shown}</WorkContext.Provider>
    </LanguageContext.Provider>
  );
}

async function start(): Promise<void> {
  await begin();
  const kept = await store.take<Language>("language");
  const language: Language = kept ?? (navigator.language.startsWith("zh") ? "zh-CN" : "en");
  await chooseLanguage(language);
  render(<App language={language} />, document.getElementById("app")!);
  // Asked not to throw the queue away when the phone is short of room; it may say no.
  if (navigator.storage?.persist) void navigator.storage.persist();
  sync.beside = [sendPositions, sendPhotos];
  sync.start();
  tracking.start();
  // Beside all that: it may take long, or be forbidden, and her work goes out all the same.
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("./sw.js", { scope: "./" }).catch(reportError);
}

void start();
