// In place of a page: the address is unknown, or the roles of the reader do not open the page.
import { useMe } from "../hooks/use-me";
import { useTranslation } from "../hooks/use-translation";
import { mayUseFieldApp, startPage } from "../page-access";
import { Page } from "../ui/page";

export function NoPage(props: { isUnknown: boolean }) {
  const t = useTranslation();
  const me = useMe();
  return (
    <Page
      title={t(props.isUnknown ? "page_unknown" : "page_refused")}
      testid={props.isUnknown ? "unknown-page" : "refused-page"}
    >
      <p>{t(props.isUnknown ? "page_unknown_means" : "page_refused_means")}</p>
      <p class="buttons">
        <a href={`#/${startPage(me)}`} data-testid="to-start">
          {t("to_the_start")}
        </a>
        {mayUseFieldApp(me) && <a href="../field/">{t("to_field_app")}</a>}
        <a href="#/my-account">{t("my_account")}</a>
      </p>
    </Page>
  );
}
