// What goes to and comes from the people who reported a case: replies, ratings, and rule changes that cite the case.
import { useState } from "preact/hooks";
import { Refused } from "../../../src/api/http";
import { splitAtTelephones } from "../../../src/telephone";
import { hasPermission, useMe } from "../hooks/use-me";
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { queryString } from "../navigation";
import { callApi, client, type Schemas } from "../session";
import { Loaded } from "../ui/loaded";
import { MutationStatus } from "../ui/mutation-status";
import { REPLY_WAY } from "../words/residents";
import { EVIDENCE_KIND, SOLVED } from "../words/rules";

type Audience = Schemas["ReplyAudience"];
const WORDS_MAX = 2000;
const WAYS = ["by_account", "by_link", "by_email", "by_sms"] as const;

/** Words that are being typed stay while the case changes: nothing here depends on its version. */
export default function Residents(props: { id: string; onReplied: () => void }) {
  const t = useTranslation();
  const me = useMe();
  const isDirector = hasPermission(me, "incident:direct");
  const mayReply = hasPermission(me, "incident:reply");
  const path = { incident_id: props.id };
  const replies = useQuery(
    () =>
      mayReply
        ? callApi(client.GET("/api/v1/incidents/{incident_id}/replies", { params: { path } }))
        : Promise.resolve(null),
    `replies ${props.id}`,
  );
  const ratings = useQuery(
    () =>
      isDirector
        ? callApi(client.GET("/api/v1/incidents/{incident_id}/ratings", { params: { path } }))
        : Promise.resolve({ items: [] }),
    `ratings ${props.id}`,
  );
  const changes = useQuery(
    () => callApi(client.GET("/api/v1/incidents/{incident_id}/rule-changes", { params: { path } })),
    `rule changes ${props.id}`,
    false,
  );
  const ratingItems = ratings.data?.items ?? [];
  const changeItems = changes.data?.items ?? [];
  // The case is of an area in which the reader may not reply.
  const isRefused = replies.error instanceof Refused && [403, 404].includes(replies.error.status);
  const hasReplies = mayReply && !isRefused;
  if (!hasReplies && !ratingItems.length && !changeItems.length) return null;
  return (
    <section aria-labelledby="residents" data-testid="residents">
      <h2 id="residents">{t("residents")}</h2>
      <Ratings items={ratingItems} />
      {hasReplies && (ratingItems.length > 0 || changeItems.length > 0) && <h3>{t("replies_to_reporters")}</h3>}
      {hasReplies && (
        <Loaded query={replies}>
          {(data) =>
            data && (
              <RepliesOfCase
                id={props.id}
                replies={data}
                onReplied={() => {
                  replies.reload();
                  props.onReplied();
                }}
              />
            )
          }
        </Loaded>
      )}
      <RuleChanges items={changeItems} isLinked={isDirector} />
    </section>
  );
}

function RepliesOfCase(props: { id: string; replies: Schemas["Replies"]; onReplied: () => void }) {
  const t = useTranslation();
  const { items = [], audience } = props.replies;
  return (
    <>
      {items.length ? (
        <ul class="notes" data-testid="replies">
          {items.map((item) => (
            <li key={`${item.occurred_at} ${item.words}`}>
              <span class="words">{item.words}</span>
              <small>
                {item.author?.name ?? t("none")} · {t.at(item.occurred_at)}
              </small>
            </li>
          ))}
        </ul>
      ) : (
        <p class="quiet">{t("no_replies_to_reporters")}</p>
      )}
      {audience ? (
        <ReplyForm id={props.id} audience={audience} onReplied={props.onReplied} />
      ) : (
        <p class="quiet" data-testid="no-reply">
          {t("reply_of_confidential")}
        </p>
      )}
    </>
  );
}

function ReplyForm(props: { id: string; audience: Audience; onReplied: () => void }) {
  const t = useTranslation();
  const mutation = useMutation();
  const [words, setWords] = useState("");
  const [isPhoneMeant, setPhoneMeant] = useState(false);
  const [isRepeat, setRepeat] = useState(false);
  const { audience } = props;
  const readers = (audience.reached ?? 0) + (audience.passed_on ?? 0);
  const phones = splitAtTelephones(words).filter(({ tel }) => tel !== undefined);
  const send = async (event: SubmitEvent) => {
    event.preventDefault();
    const isDone = await mutation.run(async (key) => {
      const sent = await callApi(
        client.POST("/api/v1/incidents/{incident_id}/replies", {
          params: { path: { incident_id: props.id }, header: { "Idempotency-Key": key } },
          body: { words: words.trim(), ...(phones.length && isPhoneMeant ? { allow_phone: true } : {}) },
        }),
      );
      setRepeat(sent.is_repeat ?? false);
    });
    if (!isDone) return;
    setWords("");
    setPhoneMeant(false);
    props.onReplied();
  };
  return (
    <form class="act" onSubmit={(event) => void send(event)} data-testid="reply-form">
      <AudienceOfReply audience={audience} />
      {readers > 0 && (
        <>
          <label>
            {t("reply_to_reporters")}
            <textarea
              name="words"
              rows={3}
              required
              maxLength={WORDS_MAX}
              value={words}
              aria-describedby="reply-means"
              onInput={(event) => (mutation.clear(), setWords(event.currentTarget.value))}
            />
          </label>
          <small id="reply-means" class="quiet">
            {t("reply_to_reporters_means")}
          </small>
          {phones.length > 0 && (
            <label class="check warning" data-testid="reply-phone">
              <input
                type="checkbox"
                required
                checked={isPhoneMeant}
                onChange={(event) => setPhoneMeant(event.currentTarget.checked)}
              />{" "}
              {t("phone_in_reply")}{" "}
              {phones.map(({ text }, n) => (
                <mark key={n}>{text}</mark>
              ))}
            </label>
          )}
          <span class="buttons wrap">
            <button class="main" disabled={mutation.isBusy || !words.trim()} data-testid="send-reply">
              {t("send_reply", { n: readers })}
            </button>
            <MutationStatus mutation={mutation} doneText={t(isRepeat ? "reply_was_sent_before" : "reply_sent")} />
          </span>
        </>
      )}
    </form>
  );
}

/** Who reads a reply, in which ways, and who does not. */
function AudienceOfReply(props: { audience: Audience }) {
  const t = useTranslation();
  const { reporters = 0, reached = 0, passed_on = 0, unreached = 0 } = props.audience;
  const ways = WAYS.filter((way) => props.audience[way]).map(
    (way) => `${t.code(REPLY_WAY, way)} ${props.audience[way]}`,
  );
  return (
    <p data-testid="audience">
      {t("reply_reaches", { n: reached, m: reporters })}
      {ways.length > 0 && <span class="quiet"> ({t.list(ways)})</span>}
      {passed_on > 0 && ` ${t("reply_passed_on", { n: passed_on })}`}
      {unreached > 0 && <span class="bad"> {t("reply_unreached", { n: unreached })}</span>}
    </p>
  );
}

function Ratings(props: { items: Schemas["Rating"][] }) {
  const t = useTranslation();
  if (!props.items.length) return null;
  return (
    <>
      <h3>{t("ratings_of_case")}</h3>
      <ul class="notes" data-testid="ratings">
        {props.items.map((rating) => (
          <li key={rating.id}>
            <b class={rating.solved === "no" ? "bad" : ""}>{t.code(SOLVED, rating.solved)}</b>
            {rating.score != null && ` · ${t("rating_score", { n: rating.score })}`}
            {rating.words && <div class="words">{rating.words}</div>}
            <small>{t.at(rating.rated_at)}</small>
          </li>
        ))}
      </ul>
    </>
  );
}

function RuleChanges(props: { items: Schemas["RuleChangeOfCase"][]; isLinked: boolean }) {
  const t = useTranslation();
  if (!props.items.length) return null;
  return (
    <>
      <h3>{t("rule_changes_of_case")}</h3>
      <ul data-testid="rule-changes">
        {props.items.map((item) => {
          const name = t("rule_version_n", { n: item.number ?? 0 });
          const query = queryString({ jurisdiction: item.jurisdiction, number: String(item.number) });
          return (
            <li key={`${item.jurisdiction} ${item.number} ${item.kind} ${item.note}`}>
              {props.isLinked ? <a href={`#/rules?${query}`}>{name}</a> : name}{" "}
              {t("rule_in_force_from", { at: t.at(item.in_force_from) })} · {t.code(EVIDENCE_KIND, item.kind)}
              {item.note && `: ${item.note}`}
            </li>
          );
        })}
      </ul>
    </>
  );
}
