// Signals that a service fails, the strongest first: reason, strength, members, and what was done about each.
import { useState } from "preact/hooks";
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { navigate, queryString } from "../navigation";
import { callApi, client, type Schemas } from "../session";
import { SignalFigure } from "../signals/signal-figure";
import { PlaceOutline } from "../signals/place-outline";
import { TextCluster } from "../signals/text-cluster";
import { Loaded } from "../ui/loaded";
import { MutationStatus } from "../ui/mutation-status";
import { Page } from "../ui/page";
import { Pager } from "../ui/pager";
import { Table } from "../ui/table";
import { DONE_ABOUT, SIGNAL_KIND } from "../words/signals";

type Signal = Schemas["SignalOut"];

export default function SignalsPage(props: { query: URLSearchParams }) {
  const id = props.query.get("signal");
  return id ? <SignalDetails id={id} /> : <SignalList query={props.query} />;
}

function SignalList(props: { query: URLSearchParams }) {
  const t = useTranslation();
  const kind = props.query.get("kind") ?? "";
  const state = props.query.get("state") ?? "standing";
  const query = {
    limit: 50,
    state,
    ...(kind ? { kind } : {}),
    ...(props.query.get("cursor") ? { cursor: props.query.get("cursor")! } : {}),
  };
  const signals = useQuery(
    () => callApi(client.GET("/api/v1/supervision/signals", { params: { query: query as never } })),
    `signals ${props.query}`,
  );
  const turn = (next: { kind?: string; state?: string }) =>
    navigate(`signals?${queryString({ kind, state, ...next })}`);
  return (
    <Page
      title={t("signals")}
      testid="signals"
      tools={
        <>
          <label class="inline">
            {t("signal_kind")}
            <select value={kind} onChange={(event) => turn({ kind: event.currentTarget.value })} data-testid="kind">
              <option value="">{t("all")}</option>
              {Object.keys(SIGNAL_KIND).map((code) => (
                <option key={code} value={code}>
                  {t.code(SIGNAL_KIND, code)}
                </option>
              ))}
            </select>
          </label>
          <label class="inline">
            {t("signal_state")}
            <select value={state} onChange={(event) => turn({ state: event.currentTarget.value })}>
              <option value="standing">{t("standing_now")}</option>
              <option value="ended">{t("ended_now")}</option>
              <option value="all">{t("all")}</option>
            </select>
          </label>
        </>
      }
    >
      <p class="quiet">{t("signals_mean")}</p>
      <Loaded query={signals}>
        {(data) => {
          const kinds = Object.keys(SIGNAL_KIND).filter((code) => data.items?.some((signal) => signal.kind === code));
          if (kinds.length === 0) return <p class="quiet">{t("nothing")}</p>;
          return (
            <>
              {kinds.map((code) => (
                <section key={code} aria-labelledby={`kind-${code}`} data-testid={`kind-${code}`}>
                  <h2 id={`kind-${code}`}>{t.code(SIGNAL_KIND, code)}</h2>
                  <ul class="notes">
                    {data.items
                      ?.filter((signal) => signal.kind === code)
                      .map((signal) => (
                        <SignalRow key={signal.id} signal={signal} />
                      ))}
                  </ul>
                </section>
              ))}
              <Pager query={props.query} page="signals" next={data.next ?? null} />
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

function SignalRow(props: { signal: Signal }) {
  const t = useTranslation();
  const { signal } = props;
  return (
    <li class="signal" data-testid="signal">
      <a href={`#/signals?signal=${signal.id}`}>{t.named(signal.sentence)}</a>
      <SignalStrength signal={signal} />
      <small>
        {t.named(signal.area?.name)} · {t("members_of", { n: signal.members?.count ?? 0 })}
        {signal.answer && ` · ${t.code(DONE_ABOUT, signal.answer.done)} ${t.at(signal.answer.at)}`}
        {signal.ended_at && ` · ${t("ended_at", { at: t.at(signal.ended_at) })}`}
      </small>
    </li>
  );
}

function SignalStrength(props: { signal: Signal }) {
  const t = useTranslation();
  const n = Math.round(100 * (props.signal.strength ?? 0));
  return (
    <span class="strength">
      <meter min={0} max={100} value={n} aria-label={t("strength")} /> {t("strength_of", { n })}
    </span>
  );
}

function SignalDetails(props: { id: string }) {
  const t = useTranslation();
  const path = { params: { path: { signal_id: props.id } } };
  const query = useQuery(
    () => callApi(client.GET("/api/v1/supervision/signals/{signal_id}", path)),
    `signal ${props.id}`,
  );
  return (
    <Page title={t("signals")} testid="one-signal" tools={<a href="#/signals">{t("back")}</a>}>
      <Loaded query={query}>
        {(signal) => (
          <div class="case">
            <div>
              <p class="lead">
                <span class="tag">{t.code(SIGNAL_KIND, signal.kind)}</span>{" "}
                <b data-testid="sentence">{t.named(signal.sentence)}</b>
              </p>
              <SignalStrength signal={signal} />
              <SignalFigure signal={signal} />
              <p class="quiet">
                {t("seen_from_to", { from: t.at(signal.first_seen), to: t.at(signal.last_seen) })} ·{" "}
                {t("about_time", { from: t.at(signal.since), to: t.at(signal.until) })}
                {signal.ended_at && ` · ${t("ended_at", { at: t.at(signal.ended_at) })}`}
              </p>
              <SignalMembers signal={signal} />
              {signal.kind === "unclassified" && <TextCluster signal={signal} onDone={query.reload} />}
            </div>
            <div>
              {signal.place && <PlaceOutline geometry={signal.place as never} name={t.named(signal.area?.name)} />}
              <SignalAnswers signal={signal} onDone={query.reload} />
            </div>
          </div>
        )}
      </Loaded>
    </Page>
  );
}

/** The members of a signal that the reader may see, loaded on demand. */
function SignalMembers(props: { signal: Signal }) {
  const t = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const n = props.signal.members?.count ?? 0;
  return (
    <section aria-labelledby="members">
      <h2 id="members">{t("members_of", { n })}</h2>
      {isOpen ? (
        <MemberList id={props.signal.id} />
      ) : (
        <button type="button" onClick={() => setOpen(true)} data-testid="open-members">
          {t("open_members")}
        </button>
      )}
    </section>
  );
}

function MemberList(props: { id: string }) {
  const t = useTranslation();
  const [cursor, setCursor] = useState("");
  const query = { limit: 50, ...(cursor ? { cursor } : {}) };
  const members = useQuery(
    () =>
      callApi(
        client.GET("/api/v1/supervision/signals/{signal_id}/members", {
          params: { path: { signal_id: props.id }, query },
        }),
      ),
    `members of ${props.id} ${cursor}`,
    false,
  );
  return (
    <Loaded query={members}>
      {(data) => (
        <>
          <Table
            caption={t("members_of", { n: data.items?.length ?? 0 })}
            heads={[t("what"), t("description")]}
            testid="signal-members"
          >
            {data.items?.map((member) => (
              <tr key={member.id}>
                <th scope="row">
                  {member.kind === "incident" ? (
                    <a href={`#/case/${member.id}`}>{member.code ?? member.id}</a>
                  ) : (
                    `${member.code ?? ""} ${t.named(member.name)}`
                  )}
                </th>
                <td>
                  {member.words || member.kind}
                  {(member.reports ?? 0) > 1 && <small> · {t("reports_of", { n: member.reports! })}</small>}
                </td>
              </tr>
            ))}
          </Table>
          <p class="pager">
            {cursor && (
              <button type="button" class="plain" onClick={() => setCursor("")}>
                {t("first_page")}
              </button>
            )}
            {data.next && (
              <button type="button" class="plain" onClick={() => setCursor(data.next!)}>
                {t("next_page")}
              </button>
            )}
          </p>
        </>
      )}
    </Loaded>
  );
}

/** The outcome of a reply, and the cases whose reporters could not be reached. */
function ReplySummary(props: { reply: Schemas["Replied"] }) {
  const t = useTranslation();
  const { reply } = props;
  return (
    <div role="status" data-testid="replied">
      <p>{t("replied", { n: reply.told ?? 0, m: reply.passed_on ?? 0, k: reply.told_before ?? 0 })}</p>
      {!!reply.left && <p>{t("replied_left", { n: reply.left })}</p>}
      {!!reply.unheard?.length && (
        <p>
          {t("nobody_to_tell")}
          {reply.unheard.map((incident) => (
            <span key={incident.id}>
              {" "}
              <a href={`#/case/${incident.id}`}>{incident.case_no}</a>
            </span>
          ))}
        </p>
      )}
    </div>
  );
}

function SignalAnswers(props: { signal: Schemas["SignalDetail"]; onDone: () => void }) {
  const t = useTranslation();
  const mutation = useMutation();
  const { signal } = props;
  // Households and groups have no reporter to reply to.
  const isOfCases = !["visits_missed", "unheard"].includes(signal.kind ?? "");
  const choices = Object.keys(DONE_ABOUT).filter((code) => code !== "reply" || isOfCases);
  const [done, setDone] = useState(choices[0]);
  const isReply = isOfCases && (done === "reply" || done === "help_offered");
  const [replied, setReplied] = useState<Schemas["Replied"] | null>(null);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const formData = new FormData(form);
    const body = { done: done as Schemas["Acknowledge"]["done"], words: String(formData.get("words")).trim() };
    const isDone = await mutation.run(async (key) => {
      const path = { path: { signal_id: signal.id }, header: { "Idempotency-Key": key } };
      const answered = await callApi(
        client.POST("/api/v1/supervision/signals/{signal_id}/acknowledge", { params: path, body }),
      );
      setReplied(answered.replied ?? null);
    });
    if (!isDone) return;
    form.reset();
    props.onDone();
  };
  return (
    <section aria-labelledby="answers">
      <h2 id="answers">{t("answers_so_far")}</h2>
      {!signal.answers?.length && <p class="quiet">{t("no_answers")}</p>}
      <ol class="notes" data-testid="answers">
        {signal.answers?.map((answer, n) => (
          <li key={n}>
            <b>{t.code(DONE_ABOUT, answer.done)}</b>
            {answer.told != null && <small> {t("told_cases", { n: answer.told, m: answer.unheard ?? 0 })}</small>}
            <p class="words">{answer.words}</p>
            <small>
              {answer.by?.name} · {t.at(answer.at)}
            </small>
          </li>
        ))}
      </ol>
      {signal.acts?.some((allowed) => allowed.act === "acknowledge") && (
        <form class="act" onSubmit={(event) => void submit(event)} aria-label={t("answer_it")} data-testid="answer">
          <label>
            {t("what_was_done")}
            <select name="done" value={done} onChange={(event) => setDone(event.currentTarget.value)}>
              {choices.map((code) => (
                <option key={code} value={code}>
                  {t.code(DONE_ABOUT, code)}
                </option>
              ))}
            </select>
          </label>
          <label>
            {t(isReply ? "reply_words" : "note")} <small>{t("required")}</small>
            <textarea name="words" rows={isReply ? 4 : 2} required maxLength={2000} />
          </label>
          {isReply && <p class="quiet">{t("reply_means")}</p>}
          <MutationStatus mutation={mutation} />
          {replied && <ReplySummary reply={replied} />}
          <span class="buttons">
            <button class="main" disabled={mutation.isBusy}>
              {t("answer_it")}
            </button>
          </span>
        </form>
      )}
    </section>
  );
}
