// Whether e-mail and SMS are set up, and how many messages wait, were sent or are dead.
import { useTranslation } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { Table } from "../ui/table";
import { CHANNEL } from "../words/messages";

export function ChannelNumbers(props: { items: Schemas["MessageNumbers"][] }) {
  const t = useTranslation();
  return (
    <Table
      caption={t("channel_numbers")}
      heads={[
        t("channel"),
        t("status"),
        t("webhook_waiting"),
        t("messages_sent"),
        t("messages_dropped"),
        t("webhook_dead"),
      ]}
      numbers={[2, 3, 4, 5]}
      testid="channel-numbers"
    >
      {props.items.map((item) => (
        <tr key={item.channel} data-testid={`channel-${item.channel}`}>
          <th scope="row">{t.code(CHANNEL, item.channel)}</th>
          <td class={item.is_on ? "good" : "bad"}>{t(item.is_on ? "channel_is_on" : "channel_is_off")}</td>
          <td class="number" data-testid="waiting">
            {item.waiting}
            {item.waiting_since && (
              <small class="below">{t("oldest_waits_since", { at: t.at(item.waiting_since) })}</small>
            )}
          </td>
          <td class="number">
            {item.sent}
            {item.last_sent_at && <small class="below">{t("last_sent", { at: t.at(item.last_sent_at) })}</small>}
          </td>
          <td class="number">{item.dropped}</td>
          <td class={item.dead ? "number bad" : "number"} data-testid="dead">
            {item.dead}
          </td>
        </tr>
      ))}
    </Table>
  );
}
