// Signs that a service fails, the strongest first: why, how sure, what was counted, and what was done about each.
import { useState } from "preact/hooks";
import { useDoing } from "../hooks/use-mutation";
import { useLoaded } from "../hooks/use-query";
import { useWords } from "../hooks/use-translation";
import { go, queryOf } from "../navigation";
import { client, load, type Schemas } from "../session";
import { Outline } from "../signals/place-outline";
import { Pile } from "../signals/text-cluster";
import { Ready } from "../ui/loaded";
import { Told } from "../ui/mutation-status";
import { Page } from "../ui/page";
import { Pager } from "../ui/pager";
import { Table } from "../ui/table";
import { DONE_ABOUT, SIGNAL_KIND } from "../words/signals";

type Signal = Schemas["SignalOut"];

export default function SignalsPage(props: { query: URLSearchParams }) {
  const id = props.query.get("signal");
  return id ? <OneSignal id={id} /> : <List query={props.query} />;
}

function List(props: { query: URLSearchParams }) {
  const t = useWords();
  const kind = props.query.get("kind") ?? "";
  const state = props.query.get("state") ?? "standing";
  const query = { limit: 50, state, ...(kind ? { kind } : {}), ...(props.query.get("cursor") ? { cursor: props.query.get("cursor")! } : {}) };
  const found = useLoaded(() => load(client.GET("/api/v1/supervision/signals", { params: { query: query as never } })), `signals ${props.query}`);
  const turn = (next: { kind?: string; state?: string }) => go(`signals?${queryOf({ kind, state, ...next })}`);
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
              {Object.keys(SIGNAL_KIND).map((code) => <option key={code} value={code}>{t.code(SIGNAL_KIND, code)}</option>)}
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
      <Ready of={found}>
        {(data) => {
          const kinds = Object.keys(SIGNAL_KIND).filter((code) => data.items?.some((one) => one.kind === code));
          if (kinds.length === 0) return <p class="quiet">{t("nothing")}</p>;
          return (
            <>
              {kinds.map((code) => (
                <section key={code} aria-labelledby={`kind-${code}`} data-testid={`kind-${code}`}>
                  <h2 id={`kind-${code}`}>{t.code(SIGNAL_KIND, code)}</h2>
                  <ul class="notes">{data.items?.filter((one) => one.kind === code).map((one) => <Row key={one.id} of={one} />)}</ul>
                </section>
              ))}
              <Pager query={props.query} page="signals" next={data.next ?? null} />
            </>
          );
        }}
      </Ready>
    </Page>
  );
}

function Row(props: { of: Signal }) {
  const t = useWords();
  const { of } = props;
  return (
    <li data-testid="signal">
      <a href={`#/signals?signal=${of.id}`}>{t.named(of.sentence)}</a>
      <Strength of={of} />
      <small>
        {t.named(of.area?.name)} · {t("members_of", { n: of.members?.count ?? 0 })}
        {of.answer && ` · ${t.code(DONE_ABOUT, of.answer.done)} ${t.at(of.answer.at)}`}
        {of.ended_at && ` · ${t("ended_at", { at: t.at(of.ended_at) })}`}
      </small>
    </li>
  );
}

function Strength(props: { of: Signal }) {
  const t = useWords();
  const n = Math.round(100 * (props.of.strength ?? 0));
  return (
    <span class="strength">
      <meter min={0} max={100} value={n} aria-label={t("strength")} /> {t("strength_of", { n })}
    </span>
  );
}

function OneSignal(props: { id: string }) {
  const t = useWords();
  const path = { params: { path: { signal_id: props.id } } };
  const found = useLoaded(() => load(client.GET("/api/v1/supervision/signals/{signal_id}", path)), `signal ${props.id}`);
  return (
    <Page title={t("signals")} testid="one-signal" tools={<a href="#/signals">{t("back")}</a>}>
      <Ready of={found}>
        {(one) => (
          <div class="case">
            <div>
              <p class="lead"><span class="tag">{t.code(SIGNAL_KIND, one.kind)}</span> <b data-testid="sentence">{t.named(one.sentence)}</b></p>
              <Strength of={one} />
              <p>
                {one.figure?.expected == null ? one.figure?.value : t("counted", { n: one.figure.value ?? "", m: one.figure.expected })}
                {one.figure?.p_value != null && ` · ${t("by_chance", { n: one.figure.p_value })}`}
              </p>
              <p class="quiet">
                {t("seen_from_to", { from: t.at(one.first_seen), to: t.at(one.last_seen) })} · {t("about_time", { from: t.at(one.since), to: t.at(one.until) })}
                {one.ended_at && ` · ${t("ended_at", { at: t.at(one.ended_at) })}`}
              </p>
              <Members of={one} />
              {one.kind === "unclassified" && <Pile of={one} onDone={found.reload} />}
            </div>
            <div>
              {one.place && <Outline of={one.place as never} name={t.named(one.area?.name)} />}
              <Answers of={one} onDone={found.reload} />
            </div>
          </div>
        )}
      </Ready>
    </Page>
  );
}

/** Exactly what it counted, as far as I may see it; opened when asked for. */
function Members(props: { of: Signal }) {
  const t = useWords();
  const [isOpen, setOpen] = useState(false);
  const n = props.of.members?.count ?? 0;
  return (
    <section aria-labelledby="members">
      <h2 id="members">{t("members_of", { n })}</h2>
      {isOpen ? <MemberList id={props.of.id!} /> : <button type="button" onClick={() => setOpen(true)} data-testid="open-members">{t("open_members")}</button>}
    </section>
  );
}

function MemberList(props: { id: string }) {
  const t = useWords();
  const [cursor, setCursor] = useState("");
  const query = { limit: 50, ...(cursor ? { cursor } : {}) };
  const found = useLoaded(
    () => load(client.GET("/api/v1/supervision/signals/{signal_id}/members", { params: { path: { signal_id: props.id }, query } })),
    `members of ${props.id} ${cursor}`,
    false,
  );
  return (
    <Ready of={found}>
      {(data) => (
        <>
          <Table caption={t("members_of", { n: data.items?.length ?? 0 })} heads={[t("what"), t("description")]} testid="signal-members">
            {data.items?.map((one) => (
              <tr key={one.id}>
                <th scope="row">{one.kind === "incident" ? <a href={`#/case/${one.id}`}>{one.code ?? one.id}</a> : `${one.code ?? ""} ${t.named(one.name)}`}</th>
                <td>{one.words || one.kind}{(one.reports ?? 0) > 1 && <small> · {t("reports_of", { n: one.reports! })}</small>}</td>
              </tr>
            ))}
          </Table>
          <p class="pager">
            {cursor && <button type="button" class="plain" onClick={() => setCursor("")}>{t("first_page")}</button>}
            {data.next && <button type="button" class="plain" onClick={() => setCursor(data.next!)}>{t("next_page")}</button>}
          </p>
        </>
      )}
    </Ready>
  );
}

/** What became of a reply, and of which cases nobody could be told. */
function Replied(props: { of: Schemas["Replied"] }) {
  const t = useWords();
  const { of } = props;
  return (
    <div role="status" data-testid="replied">
      <p>{t("replied", { n: of.told ?? 0, m: of.passed_on ?? 0, k: of.told_before ?? 0 })}</p>
      {!!of.left && <p>{t("replied_left", { n: of.left })}</p>}
      {!!of.unheard?.length && (
        <p>
          {t("nobody_to_tell")}
          {of.unheard.map((one) => <span key={one.id}> <a href={`#/case/${one.id}`}>{one.case_no}</a></span>)}
        </p>
      )}
    </div>
  );
}

function Answers(props: { of: Schemas["SignalDetail"]; onDone: () => void }) {
  const t = useWords();
  const doing = useDoing();
  const { of } = props;
  // Nobody reported a household or a group: there is nobody to reply to.
  const isOfCases = !["visits_missed", "unheard"].includes(of.kind ?? "");
  const choices = Object.keys(DONE_ABOUT).filter((code) => code !== "reply" || isOfCases);
  const [done, setDone] = useState(choices[0]);
  const isTold = isOfCases && (done === "reply" || done === "help_offered");
  const [replied, setReplied] = useState<Schemas["Replied"] | null>(null);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const said = new FormData(form);
    const body = { done: done as Schemas["Acknowledge"]["done"], words: String(said.get("words")).trim() };
    const isDone = await doing.run(async (key) => {
      const path = { path: { signal_id: of.id! }, header: { "Idempotency-Key": key } };
      const answered = await load(client.POST("/api/v1/supervision/signals/{signal_id}/acknowledge", { params: path, body }));
      setReplied(answered.replied ?? null);
    });
    if (!isDone) return;
    form.reset();
    props.onDone();
  };
  return (
    <section aria-labelledby="answers">
      <h2 id="answers">{t("answers_so_far")}</h2>
      {!of.answers?.length && <p class="quiet">{t("no_answers")}</p>}
      <ol class="notes" data-testid="answers">
        {of.answers?.map((one, n) => (
          <li key={n}>
            <b>{t.code(DONE_ABOUT, one.done)}</b>
            {one.told != null && <small> {t("told_cases", { n: one.told, m: one.unheard ?? 0 })}</small>}
            <p class="words">{one.words}</p>
            <small>{one.by?.name} · {t.at(one.at)}</small>
          </li>
        ))}
      </ol>
      {of.acts?.some((one) => one.act === "acknowledge") && (
        <form class="act" onSubmit={(event) => void submit(event)} aria-label={t("answer_it")} data-testid="answer">
          <label>
            {t("what_was_done")}
            <select name="done" value={done} onChange={(event) => setDone(event.currentTarget.value)}>{choices.map((code) => <option key={code} value={code}>{t.code(DONE_ABOUT, code)}</option>)}</select>
          </label>
          <label>
            {t(isTold ? "reply_words" : "note")} <small>{t("required")}</small>
            <textarea name="words" rows={isTold ? 4 : 2} required maxLength={2000} />
          </label>
          {isTold && <p class="quiet">{t("reply_means")}</p>}
          <Told of={doing} />
          {replied && <Replied of={replied} />}
          <span class="buttons"><button class="main" disabled={doing.isBusy}>{t("answer_it")}</button></span>
        </form>
      )}
    </section>
  );
}
