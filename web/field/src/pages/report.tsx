// The form for a new report: photo, category, Send. It is queued at once and sent when there is a network.
import { useEffect, useRef, useState } from "preact/hooks";
import { QuestionFields } from "../../../src/question-fields";
import { type Answers, attributesOf, unanswered, wordsWithAnswers } from "../../../src/questions";
import { useDraft } from "../drafts";
import { useFix } from "../geolocation";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import { store } from "../client";
import { untilStored } from "../media-storing";
import { Photos } from "../media/photos";
import { enqueueOperations } from "../operations";
import { CategoryField } from "../report/category-field";
import { PlaceField, type ReportPlace } from "../report/place-field";
import { ReportOutcome } from "../report/report-outcome";
import { ActionButton } from "../ui/action-button";
import { Empty } from "../ui/card";
import { Title } from "../ui/title";
import { isPermitted } from "../worker-state";
import { uuid7 } from "../../../sync-client/src/index";

/**
 * `spot`: the place that was set by hand; the phone's position is not stored, as it is outdated later. Photos refer to
 * the case `id`.
 */
type ReportDraft = {
  id: string;
  category: string | null;
  answers: Answers;
  spot: ReportPlace | null;
  words: string;
  isDone: boolean;
};
const emptyDraft = (): ReportDraft => ({
  id: uuid7(),
  category: null,
  answers: {},
  spot: null,
  words: "",
  isDone: false,
});

const PROOF_WAIT_MS = 1_000;

export function ReportPage() {
  const t = useTranslation();
  const workerState = useWorkerState();
  const [first] = useState(emptyDraft);
  const draft = useDraft("report", first);
  return (
    <>
      <Title text={t("report")} />
      {!isPermitted(workerState, "incident:report") ? (
        <Empty>{t("report_not_permitted")}</Empty>
      ) : (
        draft.isRead && <ReportForm draft={draft} />
      )}
    </>
  );
}

function ReportForm(props: { draft: ReturnType<typeof useDraft<ReportDraft>> }) {
  const t = useTranslation();
  const { value, set, forget } = props.draft;
  const { id, category, answers, words, isDone } = value;
  const getFix = useFix();
  const [phoneSpot, setPhoneSpot] = useState<ReportPlace | null>(null);
  const [trouble, setTrouble] = useState("");
  const [reportCount, setReportCount] = useState(0);
  const [lastId, setLastId] = useState<string | null>(null);
  const { categories, photos, waiting } = useWorkerState();
  // Reports that were in the queue while this page was open.
  const waitingIds = useRef(new Set<string>());
  waiting.forEach(({ op }) => op.id && waitingIds.current.add(op.id));
  const chosen = categories.find((item) => item.code === category);
  const mayFix = chosen?.on_the_spot === true;
  const questions = chosen?.questions ?? [];
  const hasMedia = photos.some((photo) => photo.incident === id);
  // A place that was set by hand has precedence over the phone's position.
  const spot = value.spot ?? phoneSpot;
  // The first change of a draft also stores its id: photos taken now refer to the future case.
  useEffect(() => set({ id }), [id]);
  const sendReport = async () => {
    if (spot === null) return setTrouble(t("need_place"));
    const open = unanswered(questions, answers);
    if (open.length > 0) return setTrouble(t("need_answers", { names: t.list(open.map(({ name }) => t.named(name))) }));
    const description = wordsWithAnswers(t.language, words, questions, answers);
    const mediaCount = await store.photo.where("incident").equals(id).count();
    if (description === "" && mediaCount === 0) return setTrouble(t("need_words"));
    if (words.trim() === "" && isDone && mayFix) return setTrouble(t("need_done_words"));
    setTrouble("");
    const { lon, lat, accuracy_m } = spot;
    // The place is known; Send must not wait for a phone that does not move.
    const proof = await getFix(PROOF_WAIT_MS);
    const patch = {
      lon,
      lat,
      ...(accuracy_m === null ? {} : { accuracy_m }),
      category: category ?? "unclassified",
      description,
      attributes: attributesOf(questions, answers, (local) => new Date(local).toISOString()),
      ...(isDone && mayFix ? { handled_on_the_spot: { note: words.trim() } } : {}),
      ...proof,
    };
    await enqueueOperations({ entity: "incident", op: "report", id, patch });
    // The next report may be about another place and matter.
    await forget(emptyDraft());
    setPhoneSpot(null);
    setReportCount(reportCount + 1);
    setLastId(id);
    scrollTo(0, 0);
  };
  // Send waits until photos are stored, and then sends what the form has at that time.
  const latestSend = useRef(sendReport);
  latestSend.current = sendReport;
  const send = async () => {
    await untilStored(id);
    await latestSend.current();
  };
  return (
    <>
      <Photos incident={id} kinds={["near"]} getFix={getFix} isDraft />
      <CategoryField
        key={`what ${reportCount}`}
        category={category}
        onCategory={(category) => set({ category, answers: {} })}
      />
      <QuestionFields
        questions={questions}
        language={t.language}
        answers={answers}
        none={t("choose_answer")}
        required={t("answer_needed")}
        onAnswer={(code, answer) => set({ answers: { ...answers, [code]: answer } })}
      />
      <PlaceField
        key={`where ${reportCount}`}
        spot={spot}
        onFound={setPhoneSpot}
        onSet={(newSpot) => set({ spot: newSpot })}
      />
      <label>
        {t("description_optional")}
        <textarea
          rows={2}
          maxLength={2000}
          value={words}
          onInput={(e) => set({ words: e.currentTarget.value })}
          data-testid="words"
        />
      </label>
      {mayFix && (
        <label class="tick">
          <input
            type="checkbox"
            checked={isDone}
            onChange={(e) => set({ isDone: e.currentTarget.checked })}
            data-testid="on-the-spot"
          />
          {t("on_the_spot")}
        </label>
      )}
      <div class="send">
        {lastId !== null && words === "" && !hasMedia && (
          <ReportOutcome id={lastId} wasWaiting={waitingIds.current.has(lastId)} />
        )}
        {trouble && (
          <p class="bad" role="alert">
            {trouble}
          </p>
        )}
        <ActionButton class="main" onPress={send} data-testid="send-report">
          {t("send")}
        </ActionButton>
      </div>
    </>
  );
}
