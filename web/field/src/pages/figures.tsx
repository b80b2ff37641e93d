// Figures about the worker beside the mean of the street. Each figure lists its members and can be contested.
import { liveQuery } from "dexie";
import { useEffect, useState } from "preact/hooks";
import type { Schemas } from "../../../src/api/http";
import { api, callApi, store } from "../client";
import { useDraft } from "../drafts";
import { failureText } from "../failure-text";
import { useCategoryName } from "../hooks/use-category-name";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import type { Incident } from "../incidents";
import { ActionButton } from "../ui/action-button";
import { Card, Empty } from "../ui/card";
import { Title } from "../ui/title";

type Figure = Schemas["MyFigure"];
type Name = NonNullable<Figure["name"]>;
type Member = Schemas["MyFigureMember"];

export function FiguresPage() {
  const t = useTranslation();
  const { isWorker } = useWorkerState();
  const [figures, setFigures] = useState<Schemas["MyFigures"] | null>(null);
  const [trouble, setTrouble] = useState("");
  const read = () => {
    callApi(() => api.client.GET("/api/v1/me/figures")).then(setFigures, (error: unknown) =>
      setTrouble(failureText(t, error, { offline: "figures_later" })),
    );
  };
  useEffect(() => {
    if (isWorker) read();
  }, [isWorker]);
  return (
    <>
      <a href="#/me" class="back">
        ‹ {t("back")}
      </a>
      <Title text={t("figures")} />
      <p class="note">{t("figures_explained")}</p>
      {figures === null && <Empty>{isWorker ? trouble || t("syncing") : t("nobody_here")}</Empty>}
      {figures?.street && (
        <p class="facts">
          {t("street_people", { street: t.named(figures.street.name), n: figures.street.people ?? 0 })}
        </p>
      )}
      {figures?.figures?.map(
        (figure) =>
          figure.name && <FigureCard key={figure.name} figure={figure} name={figure.name} onContested={read} />,
      )}
    </>
  );
}

function FigureCard(props: { figure: Figure; name: Name; onContested: () => void }) {
  const t = useTranslation();
  const { figure, name } = props;
  const [members, setMembers] = useState<Member[] | null>(null);
  const [trouble, setTrouble] = useState("");
  const open = async () => {
    setTrouble("");
    if (members !== null) return setMembers(null);
    try {
      setMembers(
        (
          await callApi(() =>
            api.client.GET("/api/v1/me/figures/{figure}/members", { params: { path: { figure: name } } }),
          )
        ).items ?? [],
      );
    } catch (error) {
      setTrouble(failureText(t, error));
    }
  };
  return (
    <Card testid={`figure-${name}`}>
      <h2 class="item">
        {t(`figure_${name}`)} <b data-testid="count">{figure.count}</b>{" "}
        {figure.street_mean != null && <small data-testid="mean">{t("street_mean", { n: figure.street_mean })}</small>}
      </h2>
      {figure.is_contested && <p class="bad">{t("contested_whole")}</p>}
      {figure.contests?.map((contest) => (
        <ContestSummary key={contest.id} contest={contest} />
      ))}
      <button aria-expanded={members !== null} onClick={() => void open()} data-testid="open-members">
        {t(members === null ? "open_members" : "close_members")}
      </button>
      {trouble && (
        <p class="bad" role="alert">
          {trouble}
        </p>
      )}
      {members?.length === 0 && <Empty>{t("no_members")}</Empty>}
      {members !== null && members.length > 0 && (
        <ul class="members">
          {members.map((member) => (
            <li key={member.id} data-testid="member">
              <MemberSummary member={member} words={name === "declined" ? (member.reason ?? "") : ""} />
              {!figure.is_contested && (
                <ContestForm figure={name} member={member.id ?? null} onDone={props.onContested} />
              )}
            </li>
          ))}
        </ul>
      )}
      {!figure.is_contested && <ContestForm figure={name} member={null} onDone={props.onContested} />}
    </Card>
  );
}

/** The case of a member, as far as it is still on the phone, and the worker's own reason. */
function MemberSummary(props: { member: Member; words: string }) {
  const t = useTranslation();
  const category = useCategoryName();
  const [incident, setIncident] = useState<Incident | null>(null);
  const { member } = props;
  useEffect(() => {
    const watching = liveQuery(() => store.row.get(["incident", member.incident_id ?? ""])).subscribe((row) =>
      setIncident((row?.data as unknown as Incident) ?? null),
    );
    return () => watching.unsubscribe();
  }, [member.incident_id]);
  return (
    <>
      <b>{incident ? category(incident.category) : t("case_elsewhere")}</b> {incident?.case_no}
      {incident?.description && <span class="words"> {incident.description}</span>}
      <small>
        {" "}
        {member.at && t.time(member.at)}
        {props.words && ` · ${props.words}`}
      </small>
    </>
  );
}

function ContestSummary(props: { contest: Schemas["ContestOut"] }) {
  const t = useTranslation();
  const { contest } = props;
  return (
    <p class="facts" data-testid="contested">
      <span>{t(contest.member_id == null ? "contested_all" : "contested_one", { words: contest.words ?? "" })}</span>
      <span>
        {contest.outcome
          ? `${t(`contest_${contest.outcome}`)}${contest.reason ? `: ${contest.reason}` : ""}`
          : t("contest_open")}
      </span>
    </p>
  );
}

function ContestForm(props: { figure: Name; member: string | null; onDone: () => void }) {
  const t = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const { value, set, forget } = useDraft(`contest ${props.figure} ${props.member ?? ""}`, { words: "" });
  const { words } = value;
  const [trouble, setTrouble] = useState("");
  const send = async () => {
    setTrouble("");
    try {
      const body = { words: words.trim(), ...(props.member === null ? {} : { member_id: props.member }) };
      await callApi(() =>
        api.client.POST("/api/v1/me/figures/{figure}/contest", { params: { path: { figure: props.figure } }, body }),
      );
      await forget();
      setOpen(false);
      props.onDone();
    } catch (error) {
      setTrouble(failureText(t, error));
    }
  };
  if (!isOpen)
    return (
      <button class="plain" onClick={() => setOpen(true)} data-testid="contest">
        {t(props.member === null ? "contest_figure" : "contest_this")}
      </button>
    );
  return (
    <>
      <label>
        {t("contest_words")}
        <textarea
          rows={2}
          maxLength={2000}
          value={words}
          onInput={(e) => set({ words: e.currentTarget.value })}
          data-testid="contest-words"
        />
      </label>
      {trouble && (
        <p class="bad" role="alert">
          {trouble}
        </p>
      )}
      <div class="two">
        <button onClick={() => setOpen(false)}>{t("cancel")}</button>
        <ActionButton class="main" disabled={words.trim() === ""} onPress={send} data-testid="contest-send">
          {t("send")}
        </ActionButton>
      </div>
    </>
  );
}
