// The list of e-mails and SMS: state, reason of a failure, sending again, discarding.
import { useState } from "preact/hooks";
import { useMutation, type Mutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { reasonText } from "../machines/reason-text";
import { callApi, client, type Schemas } from "../session";
import { ConfirmButton } from "../ui/confirm-button";
import { Loaded } from "../ui/loaded";
import { MutationStatus } from "../ui/mutation-status";
import { Table } from "../ui/table";
import { CHANNEL, MESSAGE_KIND, MESSAGE_REASON, MESSAGE_STATE } from "../words/messages";

type Message = Schemas["MessageOut"];
const PAGE = 50;

/** `dead`: number of dead messages of all channels. `state`: which messages are listed first. */
export function OutgoingMessages(props: { dead: number; state: string; onChanged: () => void }) {
  const t = useTranslation();
  const mutation = useMutation();
  const [state, setState] = useState(props.state);
  const [channel, setChannel] = useState("");
  const [cursor, setCursor] = useState("");
  const [doneText, setDoneText] = useState("");
  const query = {
    limit: PAGE,
    ...(state ? { state: state as NonNullable<Message["state"]> } : {}),
    ...(channel ? { channel: channel as NonNullable<Message["channel"]> } : {}),
    ...(cursor ? { cursor } : {}),
  };
  const list = useQuery(
    () => callApi(client.GET("/api/v1/messages", { params: { query } })),
    `messages ${state} ${channel} ${cursor}`,
    false,
  );
  const changed = (isDone: boolean) => {
    if (!isDone) return;
    list.reload();
    props.onChanged();
  };
  const replay = async (ids?: string[]) =>
    changed(
      await mutation.run(async () => {
        const outcome = await callApi(client.POST("/api/v1/messages/replay", { body: ids ? { ids } : {} }));
        setDoneText(t("replayed", { n: outcome.replayed ?? 0 }));
      }),
    );
  const discard = async (ids?: string[]) =>
    changed(
      await mutation.run(async () => {
        const outcome = await callApi(client.POST("/api/v1/messages/discard", { body: ids ? { ids } : {} }));
        setDoneText(t("discarded", { n: outcome.discarded ?? 0 }));
      }),
    );
  return (
    <section aria-labelledby="outgoing" data-testid="outgoing">
      <h2 id="outgoing">{t("outgoing_messages")}</h2>
      <form class="row" onSubmit={(event) => event.preventDefault()}>
        <label>
          {t("status")}
          <select
            value={state}
            onChange={(event) => (setCursor(""), setState(event.currentTarget.value))}
            data-testid="message-state"
          >
            <option value="">{t("all")}</option>
            {Object.keys(MESSAGE_STATE).map((code) => (
              <option key={code} value={code}>
                {t.code(MESSAGE_STATE, code)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t("channel")}
          <select
            value={channel}
            onChange={(event) => (setCursor(""), setChannel(event.currentTarget.value))}
            data-testid="message-channel"
          >
            <option value="">{t("all")}</option>
            {Object.keys(CHANNEL).map((code) => (
              <option key={code} value={code}>
                {t.code(CHANNEL, code)}
              </option>
            ))}
          </select>
        </label>
        {props.dead > 0 && (
          <>
            <button type="button" disabled={mutation.isBusy} onClick={() => void replay()} data-testid="replay-dead">
              {t("replay_dead")}
            </button>
            <ConfirmButton
              text={t("discard_dead")}
              confirmText={t("really_discard_dead")}
              mutation={mutation}
              onConfirm={() => void discard()}
              testid="discard-dead"
            />
          </>
        )}
      </form>
      <MutationStatus mutation={mutation} doneText={doneText} />
      <Loaded query={list}>
        {(data) =>
          data.items.length === 0 ? (
            <p class="quiet" data-testid="no-messages">
              {t("no_messages")}
            </p>
          ) : (
            <Table
              caption={t("count_messages", { n: data.items.length })}
              heads={[
                t("message_kind"),
                t("message_address"),
                t("status"),
                t("attempts"),
                t("delivery_reason"),
                t("row_actions"),
              ]}
              numbers={[3]}
              testid="message-table"
            >
              {data.items.map((item) => (
                <MessageRow
                  key={`${item.id} ${item.state}`}
                  item={item}
                  mutation={mutation}
                  onReplay={() => void replay([item.id ?? ""])}
                  onDiscard={() => void discard([item.id ?? ""])}
                />
              ))}
            </Table>
          )
        }
      </Loaded>
      {(cursor || list.data?.next) && (
        <p class="pager">
          {cursor && (
            <button type="button" class="plain" onClick={() => setCursor("")}>
              {t("first_page")}
            </button>
          )}
          {list.data?.next && (
            <button type="button" class="plain" onClick={() => setCursor(list.data?.next ?? "")}>
              {t("next_page")}
            </button>
          )}
        </p>
      )}
    </section>
  );
}

function MessageRow(props: { item: Message; mutation: Mutation; onReplay: () => void; onDiscard: () => void }) {
  const t = useTranslation();
  const { item } = props;
  const at = t.at(item.created_at);
  const kind = t.code(MESSAGE_KIND, item.kind);
  const name = t("message_of", { at, kind });
  return (
    <tr data-testid={`message-${item.id}`}>
      <th scope="row">
        {kind} <small>{at}</small>
      </th>
      <td>
        {t.code(CHANNEL, item.channel)} · {item.address ?? <span class="quiet">{t("address_erased")}</span>}
      </td>
      <td>
        <span class={item.state === "dead" ? "bad" : ""}>{t.code(MESSAGE_STATE, item.state)}</span>{" "}
        <small>
          {item.ended_at
            ? t.at(item.ended_at)
            : item.next_attempt_at && t("next_attempt", { at: t.at(item.next_attempt_at) })}
        </small>
      </td>
      <td class="number">{item.attempts}</td>
      <td class="words">{reasonText(t, item.reason, MESSAGE_REASON)}</td>
      <td>
        <span class="buttons wrap">
          {item.state === "dead" && (
            <button
              type="button"
              class="small"
              disabled={props.mutation.isBusy}
              onClick={props.onReplay}
              data-testid="replay"
            >
              {t("replay")}
              <span class="unseen">: {name}</span>
            </button>
          )}
          {(item.state === "dead" || item.state === "waiting") && (
            <ConfirmButton
              text={t("discard")}
              confirmText={t("really_discard")}
              mutation={props.mutation}
              onConfirm={props.onDiscard}
              testid="discard"
              of={name}
              isSmall
            />
          )}
        </span>
      </td>
    </tr>
  );
}
