// E-mail and SMS: what waits, what was sent, what failed and why, and SMS that came in.
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { ChannelNumbers } from "../messages/channel-numbers";
import { IncomingSms } from "../messages/incoming";
import { OutgoingMessages } from "../messages/outgoing";
import { callApi, client } from "../session";
import { Loaded } from "../ui/loaded";
import { Page } from "../ui/page";

export default function MessagesPage(props: { query: URLSearchParams }) {
  const t = useTranslation();
  const numbers = useQuery(() => callApi(client.GET("/api/v1/messages/channels", {})), "message channels", false);
  const dead = (numbers.data?.items ?? []).reduce((sum, item) => sum + (item.dead ?? 0), 0);
  return (
    <Page
      title={t("messages")}
      testid="messages"
      tools={
        <button type="button" class="plain" onClick={numbers.reload} data-testid="reload">
          {t("reload")}
        </button>
      }
    >
      <p class="quiet">{t("messages_mean")}</p>
      <Loaded query={numbers}>
        {(data) => (
          <>
            <ChannelNumbers items={data.items} />
            <OutgoingMessages dead={dead} state={props.query.get("state") ?? ""} onChanged={numbers.reload} />
          </>
        )}
      </Loaded>
      <IncomingSms />
    </Page>
  );
}
